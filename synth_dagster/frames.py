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
from synth_models.columns import COLUMN_TYPES
from synth_models.data.schema import KEY


def frame_type(name: str) -> dg.DagsterType:
    """The type of the data frames of one table asset: its columns, each with values of its column type.

    The columns are those the frame's own facts name, for they are known only once the warehouse has been
    read. The check itself is a dagster-pandas type with a constraint that asks the column type: the
    constraints of dagster-pandas write rows that break them into the event log.

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
        description="A table of the synthesis: the columns of the source, each of its column type.",
    )


def dagster_pandas_type(name: str, columns: Mapping[str, Mapping[str, Any]]) -> dg.DagsterType:
    """The dagster-pandas type of a table with these columns (name -> what ``Schema.to_dict`` says of a
    column).
    """
    from dagster_pandas import PandasColumn, create_dagster_pandas_dataframe_type
    from dagster_pandas.constraints import ColumnConstraint, ColumnConstraintViolationException

    class FitsColumnType(ColumnConstraint):
        """The column has no faults as one of its column type; these tell how many values, never which."""

        def __init__(self, kind: str) -> None:
            super().__init__(error_description=f"It is declared {kind}, but", markdown_description=kind)
            self._kind = kind

        def validate(self, dataframe: pd.DataFrame, column_name: str) -> None:
            faults = COLUMN_TYPES.get(self._kind).faults(dataframe[column_name])
            if faults:
                said = f"{self.error_description} {' '.join(faults)}"
                raise ColumnConstraintViolationException(self.name, said, column_name)

    with warnings.catch_warnings():
        # All of dagster-pandas is marked beta; that is this library's choice, not its user's.
        warnings.simplefilter("ignore", dg.BetaWarning)
        made = [
            PandasColumn(column, [FitsColumnType(spec["type"])] if spec["type"] != KEY else [])
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
