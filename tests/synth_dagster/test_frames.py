"""Table assets as typed frames, and their IO manager."""

import warnings
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from synth_dagster.facts import TableFacts
from synth_dagster.frames import StagedTables, frame_type
from synth_dagster.store import Store
from synth_dagster.translator import ROLE, TABLE

SECRET = "very-secret-value"
KINDS = {
    "id": "key",
    "n": "integer",
    "x": "numeric",
    "b": "boolean",
    "d": "date",
    "t": "datetime",
    "c": "categorical",
}


def described(frame: pd.DataFrame) -> pd.DataFrame:
    columns = {name: {"type": kind} for name, kind in KINDS.items()}
    facts = TableFacts(
        name="a",
        version="v1",
        rows=len(frame),
        table={"primary_key": "id", "foreign_keys": [], "columns": columns},
        sql=dict.fromkeys(KINDS, ("VARCHAR", True)),
    )
    return facts.attach(frame)


def good() -> pd.DataFrame:
    times = pd.DatetimeIndex([pd.Timestamp("2020-01-01"), pd.NaT])
    return pd.DataFrame(
        {
            "id": [SECRET, "b"],
            "n": pd.array([1, None], dtype="Int64"),
            "x": [1.5, None],
            "b": pd.array([True, None], dtype="boolean"),
            "d": times.as_unit("us"),
            "t": times.as_unit("ns"),
            "c": [SECRET, None],
        }
    )


def checked(value: object) -> dg.TypeCheck:
    kind = frame_type("demo_a")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return kind.type_check(None, value)  # type: ignore[arg-type]


def test_a_fitting_frame_passes() -> None:
    assert checked(described(good())).success


@pytest.mark.parametrize("column", ["n", "x", "d", "t"])
def test_a_wrong_dtype_fails_and_shows_no_value(column: str) -> None:
    result = checked(described(good().assign(**{column: [SECRET, "b"]})))
    assert not result.success
    assert f'column "{column}"' in (result.description or "")
    assert SECRET not in str(result)


def test_a_column_that_is_missing_fails() -> None:
    result = checked(described(good()[["id", "n"]]))
    assert not result.success
    assert "Required column x" in (result.description or "")


@pytest.mark.parametrize("value", [[1, 2], pd.DataFrame({"id": [1]})])
def test_what_is_no_frame_of_a_synthesis_fails(value: object) -> None:
    assert not checked(value).success


def test_an_asset_of_the_users_may_take_a_table_as_a_frame(tmp_path: Path) -> None:
    store = Store(root=str(tmp_path))
    spec = dg.AssetSpec(["lake", "x"], metadata={ROLE: "synthetic", TABLE: "a"})

    @dg.multi_asset(
        outs={"a": dg.AssetOut.from_spec(spec, dagster_type=frame_type("t"), io_manager_key="tables")}
    )
    def made() -> dg.MaterializeResult[pd.DataFrame]:
        return dg.MaterializeResult(value=described(good()), data_version=dg.DataVersion("v1"))

    seen = []

    @dg.asset(ins={"table": dg.AssetIn(spec.key)})
    def mine(table: pd.DataFrame) -> None:
        seen.append(table)

    resources = {"tables": StagedTables(store=store)}
    with dg.DagsterInstance.ephemeral() as instance:
        dg.materialize([made, mine], resources=resources, instance=instance)
        dg.materialize([made, mine], resources=resources, instance=instance, selection=[mine])
    assert [TableFacts.of(frame).name for frame in seen] == ["a", "a"]
    pd.testing.assert_frame_equal(seen[1], described(good()), check_dtype=False)
