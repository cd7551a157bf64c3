"""Bad input gets one clear error at the plugin's door, before anything is kept or trained."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from synth_dagster import TableKey, TableSpec
from synth_dagster.facts import TableFacts
from synth_dagster.store import Store

SECRET = "very-secret-value"


def run(defs: dg.Definitions, select: str = "*") -> dg.ExecuteInProcessResult:
    keys = [spec.key for spec in defs.resolve_all_asset_specs()]
    chosen = keys if select == "*" else [key for key in keys if key.to_user_string().startswith(select)]
    job = defs.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(raise_on_error=False, asset_selection=chosen)


def failure_of(defs: dg.Definitions, tmp_path: Path) -> str:
    """What the first step says; that no other step ran, nothing was kept, and no event quotes a value."""
    with dg.DagsterInstance.ephemeral() as instance:
        job = defs.resolve_implicit_global_asset_job_def()
        result = job.execute_in_process(raise_on_error=False, instance=instance)
        logged = "".join(str(entry) for entry in instance.all_logs(result.run_id))
    assert not result.success
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert failed.step_key == "shop__source"
    started = {event.step_key for event in result.all_events if event.event_type_value == "STEP_START"}
    assert started == {"shop__source"}
    kept = [file for file in (tmp_path / "store").rglob("*") if file.is_file()]
    assert kept == []
    assert not (tmp_path / "out.duckdb").exists()
    assert SECRET not in logged
    data = failed.step_failure_data.user_failure_data
    assert data is not None
    return data.description or ""


def executed(file: Path, *statements: str) -> Path:
    with duckdb.connect(str(file)) as connection:
        for statement in statements:
            connection.execute(statement)
    return file


SynthDefs = Callable[..., dg.Definitions]


def test_a_table_that_is_missing(shop_file: Path, synth_defs: SynthDefs, tmp_path: Path) -> None:
    said = failure_of(synth_defs(shop_file, tables=["users", "orderz"], keep=[]), tmp_path)
    assert "Table 'orderz': it is not in the warehouse; did you mean 'orders'?" in said


def test_a_column_that_is_declared_but_absent(shop_file: Path, synth_defs: SynthDefs, tmp_path: Path) -> None:
    tables = {"users": TableSpec(columns={"agee": "integer"})}
    said = failure_of(synth_defs(shop_file, tables=tables, keep=[]), tmp_path)
    assert "Table 'users': column 'agee' is named under columns" in said
    assert "did you mean 'age'" in said


def test_orphaned_keys(loose_shop_file: Path, synth_defs: SynthDefs, tmp_path: Path) -> None:
    executed(loose_shop_file, "DELETE FROM orders WHERE id <= 2")
    said = failure_of(synth_defs(loose_shop_file, tables=declared()), tmp_path)
    assert "Table 'items': " in said
    assert "rows have a 'order' that is not a 'id' of 'orders'. Add the missing rows" in said


def declared() -> dict[str, TableSpec]:
    keys = {"orders": {"user": "users"}, "items": {"order": "orders", "product": "products"}}
    return {
        name: TableSpec(
            primary_key="code" if name == "products" else "id",
            foreign_keys=[TableKey(column=c, parent=p) for c, p in keys.get(name, {}).items()],
        )
        for name in ("users", "products", "orders", "items")
    }


def test_primary_keys_that_repeat(loose_shop_file: Path, synth_defs: SynthDefs, tmp_path: Path) -> None:
    executed(loose_shop_file, "INSERT INTO users SELECT * FROM users LIMIT 3")
    said = failure_of(synth_defs(loose_shop_file, tables=declared()), tmp_path)
    assert "Table 'users': 3 of 43 rows repeat a primary key 'id'." in said


def test_a_table_without_rows(loose_shop_file: Path, synth_defs: SynthDefs, tmp_path: Path) -> None:
    executed(loose_shop_file, "DELETE FROM items")
    said = failure_of(synth_defs(loose_shop_file, tables=declared()), tmp_path)
    assert "Table 'items': it has no rows" in said


def test_a_wrong_type(shop_file: Path, synth_defs: SynthDefs, tmp_path: Path) -> None:
    executed(shop_file, f"UPDATE users SET country = '{SECRET}'")
    tables = {"users": TableSpec(columns={"country": "numeric"})}
    said = failure_of(synth_defs(shop_file, tables=tables, keep=[]), tmp_path)
    assert "Table 'users': column 'country' is declared numeric, but 40 of 40 values are not numbers." in said


def test_a_type_that_is_not_supported(shop_file: Path, synth_defs: SynthDefs, tmp_path: Path) -> None:
    executed(shop_file, f"ALTER TABLE items ADD COLUMN tags ENUM('{SECRET}')[]")
    said = failure_of(synth_defs(shop_file), tmp_path)
    assert "Table 'items': column 'tags' has the type ENUM, which is not supported" in said


def test_a_warehouse_that_cannot_be_read(synth_defs: SynthDefs, tmp_path: Path) -> None:
    assert "does not exist" in failure_of(synth_defs(tmp_path / "nowhere.duckdb"), tmp_path)
    (tmp_path / "text.duckdb").write_text(SECRET * 1000)
    assert "cannot be opened as a DuckDB file" in failure_of(synth_defs(tmp_path / "text.duckdb"), tmp_path)


def test_a_kept_table_below_a_new_one(shop_file: Path, synth_defs: SynthDefs, tmp_path: Path) -> None:
    said = failure_of(synth_defs(shop_file, keep=["orders"]), tmp_path)
    assert "Table 'orders': it is kept as it is, but its foreign key 'user' points at 'users'" in said


def test_all_faults_are_told_at_once(loose_shop_file: Path, synth_defs: SynthDefs, tmp_path: Path) -> None:
    executed(
        loose_shop_file,
        "INSERT INTO users SELECT * FROM users LIMIT 2",
        "DELETE FROM products WHERE code IN (SELECT product FROM items)",
        f"UPDATE items SET product = '{SECRET}' WHERE id = 1",
    )
    tables = declared() | {
        "gone": TableSpec(),
        "orders": TableSpec(columns={"plced": "date"}, primary_key="id"),
    }
    said = failure_of(synth_defs(loose_shop_file, tables=tables), tmp_path)
    for part in (
        "The source of the synthesis 'shop' cannot be used: ",
        "Table 'gone': it is not in the warehouse",
        "Table 'orders': column 'plced' is named under columns",
        "Table 'users': 2 of 42 rows repeat a primary key",
        "Table 'items': ",
        "that is not a 'code' of 'products'",
    ):
        assert part in said


def test_a_snapshot_is_staged_with_versions_and_columns(
    shop_file: Path, synth_defs: SynthDefs, tmp_path: Path
) -> None:
    result = run(synth_defs(shop_file), "shop/source")
    assert result.success
    store = Store(root=str(tmp_path / "store"))
    events = {
        event.asset_key.path[-1]: event
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }
    assert set(events) == {"users", "products", "orders", "items"}
    for table, event in events.items():
        materialization = event.step_materialization_data.materialization
        facts = store.facts("source", table)
        assert facts is not None
        assert materialization.tags is not None
        assert materialization.tags["dagster/data_version"] == facts.version
        assert (
            materialization.metadata["dagster/row_count"].value
            == facts.rows
            == len(store.frame("source", table))
        )
        shown: Any = materialization.metadata["dagster/column_schema"].value
        assert [column.name for column in shown.columns] == list(facts.table["columns"])
    checks = {(e.asset_key.path[-1], e.passed) for e in result.get_asset_check_evaluations()}
    assert checks == {(table, True) for table in events}


def test_a_part_of_the_tables_may_be_refreshed(
    shop_file: Path, synth_defs: SynthDefs, tmp_path: Path
) -> None:
    defs = synth_defs(shop_file)
    assert run(defs, "shop/source").success
    before = versions(tmp_path)
    executed(shop_file, "UPDATE items SET gift = true", "UPDATE users SET age = age + 1")
    assert run(defs, "shop/source/users").success
    after = versions(tmp_path)
    assert {table for table in before if before[table] != after[table]} == {"users"}


def versions(tmp_path: Path) -> dict[str, str]:
    store = Store(root=str(tmp_path / "store"))
    facts = store.facts_of("source", ["users", "products", "orders", "items"], "")
    return {table: one.version for table, one in facts.items()}


def test_words_that_are_declared_numbers_or_times_become_so(tmp_path: Path, synth_defs: SynthDefs) -> None:
    file = executed(
        tmp_path / "words.duckdb",
        "CREATE TABLE a(id INTEGER PRIMARY KEY, n VARCHAR, t VARCHAR)",
        "INSERT INTO a VALUES (1, '1.5', '2020-01-01 10:00:00+02'), (2, NULL, NULL)",
    )
    tables = {"a": TableSpec(columns={"n": "numeric", "t": "datetime"})}
    assert run(synth_defs(file, tables=tables, keep=[]), "shop/source").success
    frame = Store(root=str(tmp_path / "store")).frame("source", "a")
    assert frame["n"].tolist()[0] == 1.5
    assert str(frame["t"][0]) == "2020-01-01 08:00:00"
    assert TableFacts.of(frame).sql["n"] == ("VARCHAR", True)
