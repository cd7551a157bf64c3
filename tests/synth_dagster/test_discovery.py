"""What the tables are: the database's word, the user's on top, and all that does not fit in one go."""

import pytest

from synth_dagster.discovery import (
    TableKey,
    TableSpec,
    check_names,
    discover,
    faults_of,
    kept_faults,
    schema_of,
)
from synth_dagster.warehouse.base import WarehouseColumn, WarehouseKey, WarehouseTable
from synth_models.errors import DataError, SchemaError, report_all

NUMBER, WORD = WarehouseColumn("INTEGER", "integer", False), WarehouseColumn("VARCHAR", "categorical")
THERE = {
    "users": WarehouseTable({"id": NUMBER, "name": WORD, "age": NUMBER}, ("id",)),
    "orders": WarehouseTable(
        {"id": NUMBER, "user": NUMBER, "raw": WarehouseColumn("ENUM('very-secret')[]", None)},
        ("id",),
        (WarehouseKey(("user",), "users", ("id",)),),
    ),
}


def specs(**tables: TableSpec) -> dict[str, TableSpec]:
    return {name: tables.get(name, TableSpec()) for name in ("users", "orders")}


def only_fault(declared: dict[str, TableSpec], there: dict[str, WarehouseTable] = THERE) -> str:
    _, (fault,) = discover(there, declared)
    return fault


def test_types_and_keys_come_from_the_database() -> None:
    tables, faults = discover(THERE, specs(orders=TableSpec(leave_out=["raw"])))
    assert faults == []
    assert tables["users"] == {
        "primary_key": "id",
        "columns": {"id": {"type": "key"}, "name": {"type": "categorical"}, "age": {"type": "integer"}},
        "foreign_keys": [],
    }
    assert tables["orders"]["foreign_keys"] == [{"column": "user", "parent": "users"}]
    assert list(tables["orders"]["columns"]) == ["id", "user"]
    assert schema_of(tables).tables["orders"].primary_key == "id"


def test_what_is_declared_wins() -> None:
    loose = {"users": WarehouseTable({"id": NUMBER, "boss": NUMBER, "name": WORD})}
    spec = TableSpec(columns={"name": "text"}, primary_key="id")
    tables, faults = discover(loose, {"users": spec})
    assert faults == []
    assert tables["users"]["columns"]["name"] == {"type": "text"}
    assert tables["users"]["primary_key"] == "id"


def test_declared_foreign_keys_replace_the_databases() -> None:
    spec = TableSpec(leave_out=["raw"], foreign_keys=[])
    tables, faults = discover(THERE, specs(orders=spec))
    assert faults == []
    assert tables["orders"]["foreign_keys"] == []
    assert tables["orders"]["columns"]["user"] == {"type": "integer"}


def test_the_further_columns_of_a_composite_key_keep_their_type() -> None:
    days = WarehouseTable(
        {"user": NUMBER, "day": WarehouseColumn("DATE", "date")},
        ("user", "day"),
        (WarehouseKey(("user",), "users", ("id",)),),
    )
    tables, faults = discover(THERE | {"days": days}, {"users": TableSpec(), "days": TableSpec()})
    assert faults == []
    assert tables["days"]["primary_key"] == ["user", "day"]
    assert tables["days"]["columns"] == {"user": {"type": "key"}, "day": {"type": "date"}}


def test_a_table_that_is_not_there_is_named_with_the_nearest() -> None:
    fault = only_fault({"users": TableSpec(), "user": TableSpec()})
    assert fault.startswith(
        "Table 'user': it is not in the warehouse; did you mean 'users'? (there are: orders, users)"
    )


def test_a_type_that_is_not_supported_is_named_without_its_arguments() -> None:
    fault = only_fault(specs())
    assert "Table 'orders': column 'raw' has the type ENUM, which is not supported" in fault
    assert "secret" not in fault


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (TableSpec(columns={"nmae": "text"}), "column 'nmae' is named under columns.*did you mean 'name'"),
        (
            TableSpec(leave_out=["nothing"]),
            "column 'nothing' is named under leave_out, but the warehouse does not",
        ),
        (TableSpec(primary_key="key"), "column 'key' is named under primary_key"),
        (TableSpec(columns={"age": "nubmer"}), "column 'age' is declared 'nubmer', which is not supported"),
        (
            TableSpec(leave_out=["id"], primary_key=["id", "name"]),
            "column 'id' is left out but is part of the",
        ),
    ],
)
def test_declarations_that_do_not_fit_are_named(spec: TableSpec, says: str) -> None:
    declared = {"users": spec}
    with pytest.raises(SchemaError, match=says):
        raise SchemaError(only_fault(declared))


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ([TableKey(column="usr", parent="users")], "no column 'usr'; did you mean 'user'"),
        ([TableKey(column="user", parent="people")], "leads out of the synthesis"),
    ],
)
def test_foreign_keys_that_do_not_fit_are_named(keys: list[TableKey], says: str) -> None:
    assert says in only_fault(specs(orders=TableSpec(leave_out=["raw"], foreign_keys=keys)))


def test_a_foreign_key_out_of_the_synthesis_is_named() -> None:
    fault = only_fault({"orders": TableSpec(leave_out=["raw"])})
    assert (
        "Table 'orders': the foreign key (user) to 'users' leads out of the synthesis. Add that table"
        in fault
    )


def test_leaving_out_the_column_leaves_out_the_foreign_key() -> None:
    _, faults = discover(THERE, {"orders": TableSpec(leave_out=["raw", "user"])})
    assert faults == []


def test_a_foreign_key_needs_a_primary_key_of_one_column() -> None:
    there = {"users": WarehouseTable({"id": NUMBER}), "orders": THERE["orders"]}
    assert "needs 'users' to have a primary key" in only_fault(
        specs(orders=TableSpec(leave_out=["raw"])), there
    )


def test_a_foreign_key_to_another_unique_column_is_named() -> None:
    key = WarehouseKey(("user",), "users", ("name",))
    there = {"users": THERE["users"], "orders": WarehouseTable({"user": WORD}, (), (key,))}
    assert "refers to (name), which is not that table's primary key" in only_fault(specs(), there)


def test_a_foreign_key_of_several_columns_is_in_the_order_of_the_primary_key() -> None:
    lines = WarehouseTable({"order": NUMBER, "line": NUMBER}, ("order", "line"))
    key = WarehouseKey(("its_line", "its_order"), "lines", ("line", "order"))
    returns = WarehouseTable({"its_line": NUMBER, "its_order": NUMBER}, (), (key,))
    wanted = [{"column": ["its_order", "its_line"], "parent": "lines"}]
    there, declared = {"lines": lines, "returns": returns}, {"lines": TableSpec(), "returns": TableSpec()}
    tables, faults = discover(there, declared)
    assert (faults, tables["returns"]["foreign_keys"]) == ([], wanted)
    assert tables["returns"]["columns"]["its_line"] == {"type": "integer"}
    spec = TableSpec(foreign_keys=[TableKey(column=["its_order", "its_line"], parent="lines")])
    tables, faults = discover(there, declared | {"returns": spec})
    assert (faults, tables["returns"]["foreign_keys"]) == ([], wanted)


def test_a_foreign_key_of_several_columns_needs_a_primary_key_of_as_many() -> None:
    key = WarehouseKey(("a", "b"), "users", ("id", "name"))
    there = {"users": THERE["users"], "orders": WarehouseTable({"a": NUMBER, "b": WORD}, (), (key,))}
    assert "needs 'users' to have a primary key of 2 columns" in only_fault(specs(), there)


def test_everything_is_reported_together_and_the_rest_stays_usable() -> None:
    declared = {"users": TableSpec(columns={"nmae": "text"}), "orders": TableSpec(), "gone": TableSpec()}
    tables, faults = discover(THERE, declared)
    assert len(faults) == 3
    assert set(tables) == {"users", "orders"}
    assert "raw" not in tables["orders"]["columns"]
    schema_of(tables)


def test_kept_tables_below_new_ones_are_named() -> None:
    tables, _ = discover(THERE, specs(orders=TableSpec(leave_out=["raw"])))
    assert kept_faults(tables, ["users"]) == []
    (fault,) = kept_faults(tables, ["orders"])
    assert fault.startswith(
        "Table 'orders': it is kept as it is, but its foreign key 'user' points at 'users'"
    )


def test_names_to_keep_are_checked() -> None:
    check_names(["a", "b"], ["a"])
    with pytest.raises(
        SchemaError, match="keep: 'airprots' is not among the tables; did you mean 'airports'"
    ):
        check_names(["airports", "b"], ["airprots"])
    with pytest.raises(SchemaError, match="nothing to synthesize"):
        check_names(["a"], ["a"])


@pytest.mark.parametrize("faults", [["one."], ["one.", "two, with (brackets)."]])
def test_the_faults_of_an_error_can_be_told_apart(faults: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        report_all(DataError, "The data", faults)
    assert faults_of(caught.value) == faults
