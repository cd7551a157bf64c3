"""A schema is guessed from names and values, fits the data, and any guess can be overridden."""

import datetime as dt
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synth_models.data.infer import infer
from synth_models.data.infer_folder import read_files
from synth_models.data.infer_guess import BROKEN, FOREIGN, LEFT_OUT, PRIMARY
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Column, ForeignKey, Schema
from synth_models.errors import DataError, SchemaError, SynthError
from synth_models.testing import shop

Frames = dict[str, pd.DataFrame]
RNG = np.random.default_rng(5)


def links(schema: Schema) -> set[tuple[str, str, str]]:
    return {
        (name, key.name, key.parent) for name, table in schema.tables.items() for key in table.foreign_keys
    }


def primary(schema: Schema) -> dict[str, Any]:
    return {name: table.primary_key for name, table in schema.tables.items()}


def pick(n: int, values: Any) -> np.ndarray:
    return np.random.default_rng(n).choice(np.asarray(values), n)


def numbered(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_the_shop_is_understood() -> None:
    data = shop(rows=100)
    assert Schema.infer(dict(data)).to_dict() == data.schema.to_dict()


def test_two_keys_to_one_parent_a_self_reference_and_a_cycle() -> None:
    frames = {
        "staff": numbered(
            staff_id=range(1, 41), store_id=pick(40, [1, 2, 3]), manager_id=[None, *pick(39, [1, 2])]
        ),
        "store": numbered(store_id=[1, 2, 3], manager_staff_id=[1, 2, 3], size=[30, 10, 20]),
        "film": numbered(
            film_id=range(1, 31), language_id=pick(30, [1, 2]), original_language_id=[np.nan] * 30
        ),
        "language": numbered(language_id=[1, 2, 3], name=["English", "Italian", "German"]),
    }
    schema = Schema.infer(frames)
    assert links(schema) == {
        ("staff", "store_id", "store"),
        ("staff", "manager_id", "staff"),
        ("store", "manager_staff_id", "staff"),
        ("film", "language_id", "language"),
        ("film", "original_language_id", "language"),
    }
    RelationalData(frames, schema)


def test_short_prefixes_and_composite_keys() -> None:
    pairs = pd.MultiIndex.from_product([range(1, 21), range(1, 6)]).to_frame(index=False)
    pairs = pairs.sample(60, random_state=1)
    chosen = pairs.sample(200, replace=True, random_state=2)
    frames = {
        "part": numbered(
            p_partkey=range(1, 21), p_name=[f"part of kind {n}" for n in range(20)], p_size=pick(20, [1, 2])
        ),
        "supplier": numbered(
            s_suppkey=range(1, 6), s_name=[f"firm no {n}" for n in range(5)], s_balance=RNG.random(5)
        ),
        "partsupp": numbered(ps_partkey=pairs[0], ps_suppkey=pairs[1], ps_cost=RNG.random(60)),
        "lineitem": numbered(
            l_orderkey=np.repeat(range(50), 4),
            l_partkey=chosen[0].to_numpy(),
            l_suppkey=chosen[1].to_numpy(),
            l_linenumber=np.tile([1, 2, 3, 4], 50),
            l_tax=RNG.random(200).round(2),
        ),
    }
    schema = Schema.infer(frames)
    assert primary(schema) == {
        "part": "p_partkey",
        "supplier": "s_suppkey",
        "partsupp": ("ps_partkey", "ps_suppkey"),
        "lineitem": ("l_orderkey", "l_linenumber"),
    }
    assert ("lineitem", "l_partkey, l_suppkey", "partsupp") in links(schema)
    assert ("partsupp", "ps_suppkey", "supplier") in links(schema)
    assert schema.tables["lineitem"].columns["l_linenumber"].type == "integer"
    RelationalData(frames, schema)


def test_a_link_table_has_both_its_keys_though_one_is_unique() -> None:
    frames = {
        "film": numbered(film_id=range(1, 31), length=pick(30, [90, 100, 120])),
        "category": numbered(category_id=range(1, 7), name=[f"kind {n}" for n in range(6)]),
        "film_category": numbered(film_id=range(1, 31), category_id=pick(30, range(1, 7))),
    }
    schema = Schema.infer(frames)
    assert primary(schema)["film_category"] == ("film_id", "category_id")
    assert links(schema) == {
        ("film_category", "film_id", "film"),
        ("film_category", "category_id", "category"),
    }


def test_a_row_that_extends_another_is_identified_by_its_foreign_key() -> None:
    frames = {
        "users": numbered(id=range(1, 21), age=pick(20, range(20, 60))),
        "user_profile": numbered(user_id=range(1, 16), likes=pick(15, ["tea", "milk"])),
    }
    schema = Schema.infer(frames)
    assert primary(schema) == {"users": "id", "user_profile": "user_id"}
    assert links(schema) == {("user_profile", "user_id", "users")}


def test_values_tell_where_names_do_not() -> None:
    codes = [f"{a}{b}X" for a in "ABCDE" for b in "FGHIJ"]
    ids = RNG.choice(10**9, 200, replace=False)
    frames = {
        "airports": numbered(faa=codes, height=RNG.integers(0, 3000, 25)),
        "accounts": numbered(number=ids, owner=pick(200, ["a", "b"])),
        "flights": numbered(flight_id=range(400), origin=pick(400, codes[:3]), billed=pick(400, ids[:50])),
    }
    found = infer(frames)
    assert links(found.schema) == {("flights", "origin", "airports"), ("flights", "billed", "accounts")}
    assert all(guess.confidence < 0.6 for guess in found.of("flights", FOREIGN))


def test_small_numbers_in_a_key_that_counts_are_an_accident() -> None:
    frames = {
        "users": numbered(id=range(1, 101), age=pick(100, range(20, 60)), visits=pick(100, range(1, 9))),
        "orders": numbered(id=range(1, 301), quantity=pick(300, range(1, 5)), users=pick(300, [1, 2, 3])),
    }
    assert links(Schema.infer(frames)) == set()


def test_a_table_may_have_no_key() -> None:
    readings = numbered(value=RNG.random(50), level=pick(50, [1, 2, 3]), kind=pick(50, ["a", "b"]))
    assert Schema.infer({"readings": readings}).tables["readings"].primary_key is None


def test_a_series_is_identified_by_its_key_and_time() -> None:
    days = pd.date_range("2024-01-01", periods=10)
    frames = {
        "stores": numbered(Store=range(1, 6), Size=pick(5, [100, 200])),
        "sales": numbered(
            Store=np.repeat(range(1, 6), 20),
            Dept=np.tile(np.repeat([1, 2], 10), 5),
            Date=np.tile(days, 10),
            Weekly=RNG.random(100),
        ),
    }
    schema = Schema.infer(frames)
    assert primary(schema) == {"stores": "Store", "sales": ("Store", "Dept", "Date")}
    assert schema.tables["sales"].columns["Date"].type == "date"


def test_a_key_with_a_few_lost_values_is_not_used_but_told() -> None:
    users = numbered(id=range(1, 101), age=pick(100, range(20, 60)))
    orders = numbered(id=range(1, 301), user_id=[*pick(299, range(1, 101)), 777])
    found = infer({"users": users, "orders": orders})
    assert links(found.schema) == set()
    [guess] = found.of("orders", BROKEN)
    assert (guess.columns, guess.value) == (("user_id",), "users")
    assert "but 1 of its" in guess.why
    assert "777" not in guess.why


def test_every_guess_can_be_overridden() -> None:
    frames = dict(shop(rows=60))
    keys: dict[str, Mapping[str, Any]] = {
        "items": {"primary_key": None, "foreign_keys": {"order": "orders"}},
        "orders": {"foreign_keys": [{"column": "user", "parent": "users"}]},
        "products": {"primary_key": ["code"], "foreign_keys": [ForeignKey("category", "kinds")]},
        "kinds": {"primary_key": "kind"},
    }
    frames["kinds"] = pd.DataFrame({"kind": frames["products"]["category"].unique()})
    types = {"items": {"quantity": "categorical", "product": Column("categorical", {"min_count": 1})}}
    found = infer(frames, keys, types)
    items = found.schema.tables["items"]
    assert items.primary_key is None
    assert [key.name for key in items.foreign_keys] == ["order"]
    assert items.columns["quantity"].type == "categorical"
    assert items.columns["product"] == Column("categorical", {"min_count": 1})
    assert found.schema.tables["products"].foreign_keys == (ForeignKey("category", "kinds"),)
    assert not found.of("items", PRIMARY) + found.of("items", FOREIGN)
    RelationalData(frames, found.schema)


def test_a_column_that_is_said_to_be_content_is_no_key_but_may_be_part_of_one() -> None:
    frames = {
        "users": numbered(id=range(1, 11), day=["x"] * 10),
        "visits": numbered(user_id=np.repeat(range(1, 11), 3), day=np.tile(["1", "2", "3"], 10)),
    }
    schema = Schema.infer(frames, types={"users": {"id": "integer"}, "visits": {"day": "categorical"}})
    assert primary(schema)["users"] is None
    assert links(schema) == set()
    assert primary(schema)["visits"] == ("user_id", "day")


def test_what_fits_no_type_is_left_out() -> None:
    found = infer({"t": pd.DataFrame({"id": [1, 2], "tags": [["a"], ["b"]], "x": [1.0, np.inf]})})
    assert list(found.schema.tables["t"].columns)[:1] == ["id"]
    assert "tags" not in found.schema.tables["t"].columns
    assert ("tags",) in {guess.columns for guess in found.of("t", LEFT_OUT)}


def test_no_reason_quotes_a_value() -> None:
    frames = {
        "people": pd.DataFrame(
            {"id": [90210, 90211], "name": ["Zaphod", "Trillian"], "born": ["1999-01-02"] * 2}
        )
    }
    said = " ".join(map(str, infer(frames).guesses))
    assert not any(value in said for value in ("90210", "Zaphod", "1999"))
    assert "name" in said


def test_all_that_is_wrong_is_told() -> None:
    with pytest.raises(DataError, match="There is no table"):
        infer({})
    odd = {
        "a": pd.DataFrame({"x": []}),
        "b": pd.DataFrame(index=range(3)),
        "c": pd.DataFrame([[1, 2]], columns=["x", "x"]),
        "d": pd.DataFrame([[1, 2]]),
    }
    with pytest.raises(DataError, match="4 faults") as raised:
        infer(odd)
    for said in ("no rows", "no columns", "'x'] more than once", "text as name"):
        assert said in str(raised.value)
    fine = {"a": pd.DataFrame({"x": [1, 2]})}
    with pytest.raises(SchemaError, match="3 faults"):
        infer(fine, {"b": {}, "a": {"primary": "x"}}, {"a": {"y": "integer"}})
    with pytest.raises(SchemaError, match="is not a mapping of a 'column'"):
        infer(fine, {"a": {"foreign_keys": [{"columns": "x"}]}})
    with pytest.raises(SchemaError, match="which is not in the schema"):
        infer(fine, {"a": {"foreign_keys": {"x": "b"}}})


def test_files_without_a_schema_are_read(tmp_path: Path) -> None:
    data = shop(rows=200)
    data["users"].to_csv(tmp_path / "users.csv", index=False)
    data["products"].to_csv(tmp_path / "products.csv.gz", index=False)
    data["orders"].to_parquet(tmp_path / "orders.parquet")
    frames = read_files(tmp_path)
    assert {name: len(frame) for name, frame in frames.items()} == {n: data.n_rows[n] for n in frames}
    schema = Schema.infer(frames)
    assert schema.to_dict() == data.schema.select(["users", "products", "orders"]).to_dict()
    (tmp_path / "bad.parquet").write_bytes(b"no")
    with pytest.raises(DataError, match=r"'bad.parquet' cannot be read"):
        read_files(tmp_path)
    with pytest.raises(DataError, match="does not exist"):
        read_files(tmp_path / "nowhere")


CELLS: list[st.SearchStrategy] = [
    st.integers(-3, 9),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.text(max_size=4),
    st.sampled_from(["a", "b", None]),
    st.sampled_from([None, 1, 2, 3]),
    st.integers(0, 5) | st.text(max_size=2),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(dt.timedelta(0), dt.timedelta(99)),
    st.lists(st.integers(), max_size=2),
    st.tuples(st.floats(-90, 90), st.floats(-90, 90)),
    st.decimals(allow_nan=False),
    st.binary(max_size=3),
    st.uuids(),
    st.none(),
]
DTYPES = [
    None,
    "category",
    "string",
    "Int64",
    "float32",
    "uint64",
    "datetime64[s]",
    "int64[pyarrow]",
    "boolean",
]
COLUMNS = [
    "id",
    "user",
    "user_id",
    "users_id",
    "order_id",
    "code",
    "date",
    "parent_id",
    "created_by",
    "",
    "ünï",
    "a b",
]


def cast(values: pd.Series, dtype: str | None) -> pd.Series:
    """The values with this dtype; unchanged if they have none such."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return values.infer_objects().astype(dtype or object)
        except (TypeError, ValueError, OverflowError, ArithmeticError, NotImplementedError):
            return values


@st.composite
def random_frames(draw: st.DrawFn) -> Frames:
    """Tables whose columns have related names and any values."""
    frames = {}
    for name in draw(
        st.lists(st.sampled_from(["users", "orders", "user_orders", "A.b"]), unique=True, max_size=3)
    ):
        n = draw(st.integers(0, 12))
        frame = pd.DataFrame(index=pd.RangeIndex(n))
        for column in draw(st.lists(st.sampled_from(COLUMNS), max_size=4, unique=True)):
            values = draw(st.lists(draw(st.sampled_from(CELLS)), min_size=n, max_size=n))
            frame[column] = cast(pd.Series(values, dtype=object), draw(st.sampled_from(DTYPES)))
        frames[name] = frame
    return frames


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(random_frames())
def test_what_is_guessed_fits_the_data(frames: Frames) -> None:
    empty = not frames or any(not len(frame) or not len(frame.columns) for frame in frames.values())
    try:
        schema = Schema.infer(frames)
    except SynthError:
        # The only other way out: no column of a table has a type.
        assert empty or any(not _some_fit(frame) for frame in frames.values())
        return
    assert not empty
    RelationalData(frames, schema)


def _some_fit(frame: pd.DataFrame) -> bool:
    try:
        return bool(Schema.infer({"t": frame}))
    except SynthError:
        return False


def test_public_data_sets_are_understood(data_set: Path) -> None:
    told = json.loads((data_set / "schema.json").read_text(encoding="utf-8"))["tables"]
    if sum(table["rows"] for table in told.values()) > 10**6:
        pytest.skip("too large for a test")
    true = RelationalData.from_dir(data_set)
    schema = Schema.infer(dict(true))
    RelationalData(dict(true), schema)
    assert {n: set(t.key_columns) for n, t in schema.tables.items()} == {
        n: set(t.key_columns) for n, t in true.schema.tables.items()
    }
    found, wanted = links(schema), links(true.schema)
    assert len(found & wanted) >= 0.85 * len(wanted)
    # Columns that are a key of another table may be a foreign key that nobody has declared.
    assert all(", " in name for _, name, _ in found - wanted)
