"""``synth-dagster infer`` prints the YAML of a component that fits the warehouse."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
import pytest
import yaml
from postgres_server import PASSWORD, PostgresServer

from synth_dagster import SynthComponent, TableSpec
from synth_dagster.cli import main
from synth_dagster.discovery import discover, schema_of
from synth_dagster.warehouse import Warehouse
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema
from synth_models.testing import shop, shop_schema

pytestmark = [
    pytest.mark.filterwarnings("ignore:`parse_obj_as` is deprecated"),
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
]


def attributes(text: str) -> dict[str, Any]:
    raw = yaml.safe_load(text)
    assert raw["type"] == "synth_dagster.SynthComponent"
    return raw["attributes"]


def inferred(place: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[dict[str, Any], str]:
    """The attributes of the YAML, and what was said beside it."""
    assert main(["infer", str(place), *options]) == 0
    out, err = capsys.readouterr()
    return attributes(out), err


def schema_of_component(said: dict[str, Any]) -> tuple[Schema, RelationalData]:
    """What a component makes of it, and the rows it reads: all that is checked before anything is trained."""
    component = SynthComponent.resolve_from_dict(said)
    assert isinstance(component.source, Warehouse)
    assert isinstance(component.tables, dict)
    specs = {name: spec or TableSpec() for name, spec in component.tables.items()}
    with component.source.process_config_and_initialize().reading() as reader:
        there = reader.tables()
        tables, faults = discover(there, specs)
        assert faults == []
        schema = schema_of(tables)
        frames = {
            name: reader.read(name, {column: there[name].columns[column] for column in table.columns})
            for name, table in schema.tables.items()
        }
    return schema, RelationalData(frames, schema)


def keys(schema: Schema) -> dict[str, Any]:
    return {
        n: (t.primary_key, {(k.columns, k.parent) for k in t.foreign_keys}) for n, t in schema.tables.items()
    }


def test_keys_that_are_not_declared_are_guessed(
    loose_shop_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, table = inferred(loose_shop_file, capsys)
    assert said["name"] == "loose"
    assert said["tables"]["items"]["foreign_keys"] == [
        {"column": "order", "parent": "orders"},
        {"column": "product", "parent": "products"},
    ]
    schema, _ = schema_of_component(said)
    assert keys(schema) == keys(shop_schema())
    assert "order -> orders (0.9" in table


def test_constraints_win_and_need_no_words(shop_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said, table = inferred(shop_file, capsys)
    assert all("primary_key" not in spec and "foreign_keys" not in spec for spec in said["tables"].values())
    schema, _ = schema_of_component(said)
    assert keys(schema) == keys(shop_schema())
    assert "(0." not in table


def test_composite_keys_odd_columns_and_empty_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.duckdb"
    with duckdb.connect(str(path)) as connection:
        for statement in (
            "CREATE TABLE stores AS SELECT i AS store_id, 'x' || (i % 3) AS kind FROM range(1, 6) r(i)",
            "CREATE TABLE days AS SELECT s AS store_id, DATE '2024-01-01' + d::INTEGER AS day, random() AS x "
            "FROM range(1, 6) a(s), range(10) b(d)",
            "CREATE TABLE sales AS SELECT store_id, day, x AS amount, [1, 2] AS raw, n AS sale_id "
            "FROM (SELECT *, row_number() OVER () AS n FROM days, range(3))",
            "CREATE TABLE nobody (id INTEGER)",
            """CREATE TABLE "a ""b"": #c" AS SELECT i AS "id: #", 'yes' AS "no" FROM range(9) r(i)""",
        ):
            connection.execute(statement)
    said, table = inferred(path, capsys)
    assert "nobody" not in said["tables"]
    assert "left out: no rows" in table
    assert said["tables"]["sales"]["leave_out"] == ["raw"]
    schema, _ = schema_of_component(said)
    assert schema.tables["days"].primary_key == ("store_id", "day")
    assert {(key.columns, key.parent) for key in schema.tables["sales"].foreign_keys} == {
        (("store_id",), "stores"),
        (("store_id", "day"), "days"),
    }
    assert 'a "b": #c' in schema.tables


def test_a_key_out_of_the_chosen_tables_is_dropped(
    shop_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, _ = inferred(shop_file, capsys, "--tables", "orders,items", "--name", "part", "--sample", "5")
    assert (said["name"], list(said["tables"])) == ("part", ["orders", "items"])
    schema, _ = schema_of_component(said)
    assert keys(schema) == {"orders": ("id", set()), "items": ("id", {(("order",), "orders")})}


def test_a_postgres_database(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    database = postgres.new_database()
    postgres.execute(
        "CREATE SCHEMA sales",
        "CREATE TABLE sales.users (id int PRIMARY KEY, joined date)",
        "INSERT INTO sales.users SELECT i, date '2020-01-01' + i FROM generate_series(1, 40) s(i)",
        "CREATE TABLE sales.orders (order_id int PRIMARY KEY, user_id int REFERENCES sales.users, x float)",
        "INSERT INTO sales.orders SELECT i, 1 + i % 40, i / 7.0 FROM generate_series(1, 90) s(i)",
        "CREATE TABLE sales.items (item_id int, order_id int, note text)",
        "INSERT INTO sales.items SELECT i, 1 + i % 90, 'a thing ' || i FROM generate_series(1, 200) s(i)",
        database=database,
    )
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    url = f"postgresql://postgres@127.0.0.1:{postgres.port}/{database}"
    assert main(["infer", url, "--schema", "sales", "--password-env", "SHOP_PASSWORD"]) == 0
    out, err = capsys.readouterr()
    assert PASSWORD not in out + err
    said = attributes(out)
    assert said["source"]["password"] == {"env": "SHOP_PASSWORD"}
    schema, _ = schema_of_component(said)
    assert keys(schema) == {
        "users": ("id", set()),
        "orders": ("order_id", {(("user_id",), "users")}),
        "items": ("item_id", {(("order_id",), "orders")}),
    }
    monkeypatch.setenv("SHOP_PASSWORD", "wrong")
    assert main(["infer", url, "--schema", "sales", "--password-env", "SHOP_PASSWORD"]) == 1
    assert "does not let the user in" in capsys.readouterr().err


def test_a_folder_of_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = shop(rows=200)
    for name in ("users", "orders"):
        data[name].to_csv(tmp_path / f"{name}.csv", index=False)
    data["products"].to_parquet(tmp_path / "products.parquet")
    data["items"].to_parquet(tmp_path / "items.parquet")
    said, _ = inferred(tmp_path, capsys)
    assert said["source"] == {"type": "folder", "path": str(tmp_path)}
    schema, _ = schema_of_component(said)
    assert keys(schema) == keys(shop_schema())


def test_no_value_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "people.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.register("f", pd.DataFrame({"id": [90210, 90211], "name": ["Zaphod", "Trillian"]}))
        connection.execute("CREATE TABLE people AS SELECT * FROM f")
    assert main(["infer", str(path)]) == 0
    said = "".join(capsys.readouterr())
    assert "people" in said
    assert not any(value in said for value in ("90210", "Zaphod", "Trillian"))


def test_dagster_loads_the_file(loose_shop_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "defs" / "loose" / "defs.yaml"
    command = [
        Path(sys.executable).with_name("synth-dagster"),
        "infer",
        loose_shop_file,
        "--out",
        out,
        "--quiet",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    defs = dg.build_defs_for_component(SynthComponent.resolve_from_dict(attributes(out.read_text())))
    assert dg.AssetKey(["loose", "published", "items"]) in {s.key for s in defs.resolve_all_asset_specs()}
    again = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert again.returncode == 2
    assert "exists, and would be lost" in again.stderr
    assert [path.name for path in out.parent.iterdir()] == ["defs.yaml"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["{shop}", "--tables", "user,orders"], 2, "'user' is not in the warehouse (there are: items"),
        (["{shop}", "--schema", "sales"], 2, "has no table there"),
        (["{shop}x"], 2, "neither a file nor a folder"),
        (["{text}"], 1, "cannot be opened as a DuckDB file"),
        (["postgresql://synth@localhost:1/shop"], 1, "cannot be reached"),
        (["{empty}"], 2, "No table of the warehouse has rows"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    arguments: list[str],
    code: int,
    said: str,
    shop_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text, empty = tmp_path / "notes.txt", tmp_path / "empty.duckdb"
    text.write_text("not a database, but long enough to be taken for one " * 100)
    with duckdb.connect(str(empty)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER)")
    filled = [word.format(shop=shop_file, text=text, empty=empty) for word in arguments]
    assert main(["infer", *filled]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Error: ")
    assert said in err
