"""Table assets as typed data frames: a dagster-pandas type per table, and the store as their IO manager."""

import warnings
from collections.abc import Mapping
from typing import Any, final

import dagster as dg
import pandas as pd

from synth_dagster.facts import TableFacts
from synth_dagster.failure import StaleError
from synth_dagster.store import Store
from synth_dagster.translator import ROLE, TABLE

_TIMES = {f"datetime64[{unit}]" for unit in ("s", "ms", "us", "ns")}
_INTEGERS = {f"{sign}nt{bits}" for sign in ("i", "I", "ui", "UI") for bits in (8, 16, 32, 64)}
_NUMBERS = {"float32", "float64", "Float32", "Float64", *_INTEGERS}
_WORDS = {"object", "string", "str", "category"}
_DTYPES: dict[str, set[str]] = {
    "boolean": {"bool", "boolean", *_WORDS, *_NUMBERS},
    "integer": _NUMBERS,
    "numeric": _NUMBERS,
    "date": _TIMES,
    "datetime": _TIMES,
}


def frame_type(name: str) -> dg.DagsterType:
    """The type of the data frames of one table asset: its columns, each with a dtype that fits its column
    type.

    The columns are those the frame's own facts name, for they are known only once the warehouse has been
    read. The check itself is a dagster-pandas type made of dtype constraints alone: its other constraints
    write rows that break them into the event log.

    Args:
        name: Of the type, unique among the types of a code location.
    """

    def check(_: dg.TypeCheckContext, value: object) -> dg.TypeCheck:
        if not isinstance(value, pd.DataFrame):
            return dg.TypeCheck(False, f"Expected a data frame, got {type(value).__name__}.")
        try:
            facts = TableFacts.of(value)
        except StaleError as error:
            return dg.TypeCheck(False, str(error))
        return dagster_pandas_type(name, facts.table["columns"]).type_check(_, value)

    return dg.DagsterType(
        name=name,
        type_check_fn=check,
        typing_type=pd.DataFrame,
        description="A table of the synthesis: the columns of the source, each with a fitting dtype.",
    )


def dagster_pandas_type(name: str, columns: Mapping[str, Mapping[str, Any]]) -> dg.DagsterType:
    """The dagster-pandas type of a table with these columns (name -> what ``Schema.to_dict`` says of a
    column).
    """
    from dagster_pandas import PandasColumn, create_dagster_pandas_dataframe_type
    from dagster_pandas.constraints import ColumnDTypeInSetConstraint

    with warnings.catch_warnings():
        # All of dagster-pandas is marked beta; that is this library's choice, not its user's.
        warnings.simplefilter("ignore", dg.BetaWarning)
        made = [
            PandasColumn(
                column, [ColumnDTypeInSetConstraint(dtypes)] if (dtypes := _DTYPES.get(spec["type"])) else []
            )
            for column, spec in columns.items()
        ]
        return create_dagster_pandas_dataframe_type(name, columns=made)


@final
class StagedTables(dg.ConfigurableIOManager):
    """Keeps table assets in the store; loads them for any asset that takes one as a data frame."""

    store: dg.ResourceDependency[Store]

    def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame) -> None:
        """Make the frame the current version of its table."""
        self.store.stage(context.definition_metadata[ROLE], obj)

    def load_input(self, context: dg.InputContext) -> pd.DataFrame:
        """The current version of the table."""
        upstream = context.upstream_output
        said = upstream.definition_metadata if upstream is not None else {}
        return self.store.frame(said[ROLE], said[TABLE])
