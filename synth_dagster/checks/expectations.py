"""great-expectations suites derived from the description of a table, run so that no value leaves."""

import os
from typing import TYPE_CHECKING, Any

import pandas as pd

from synth_dagster.facts import TableFacts
from synth_models.columns import COLUMN_TYPES
from synth_models.data.schema import KEY

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_LABEL = "what"


def expectations(facts: TableFacts) -> list["Expectation"]:
    """What must hold of a table by its columns, types and keys."""
    columns, keys = facts.table["columns"], list(facts.key_columns)
    made = [
        _expect(
            "its columns are those of the schema", "table_columns_to_match_set", column_set=list(columns)
        ),
        _expect("it has rows", "table_row_count_to_be_between", min_value=1),
    ]
    for name in columns:
        if name in keys or not facts.sql[name][1]:
            made.append(_expect(f"'{name}' is never missing", "column_values_to_not_be_null", column=name))
    if len(keys) == 1:
        what = f"the primary key '{keys[0]}' is unique"
        made.append(_expect(what, "column_values_to_be_unique", column=keys[0]))
    elif keys:
        what = f"the primary key ({', '.join(keys)}) is unique"
        made.append(_expect(what, "compound_columns_to_be_unique", column_list=keys))
    return made


def ill_typed(frame: pd.DataFrame) -> list[str]:
    """What does not hold of the columns' types, by what the types themselves say; no value is told."""
    columns = TableFacts.of(frame).table["columns"]
    types = {name: spec["type"] for name, spec in columns.items() if name in frame and spec["type"] != KEY}
    return [
        f"'{name}' is {kind}" for name, kind in types.items() if COLUMN_TYPES.get(kind).faults(frame[name])
    ]


def measured(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with numbers and times as floats (seconds, for times), whatever they are written as."""
    columns = TableFacts.of(frame).table["columns"]
    types = {name: spec["type"] for name, spec in columns.items() if name in frame and spec["type"] != KEY}
    numbers = {
        name: COLUMN_TYPES.get(kind).measure(frame[name]).set_axis(frame.index)
        for name, kind in types.items()
        if COLUMN_TYPES.get(kind).continuous
    }
    return frame.assign(**numbers)


def range_expectations(source: pd.DataFrame) -> list["Expectation"]:
    """That numbers and times lie within the range of the source; its ends stay in this process."""
    made, numbers = [], measured(source)
    for name, spec in TableFacts.of(source).table["columns"].items():
        if spec["type"] != KEY and COLUMN_TYPES.get(spec["type"]).continuous and numbers[name].notna().any():
            what = f"'{name}' is within the range of the source"
            low, high = float(numbers[name].min()), float(numbers[name].max())
            made.append(
                _expect(what, "column_values_to_be_between", column=name, min_value=low, max_value=high)
            )
    return made


def broken(frame: pd.DataFrame, suite: list["Expectation"]) -> list[str]:
    """The sentences that do not hold of the frame.

    The result format is ``BOOLEAN_ONLY``: in every other one great-expectations puts values that break an
    expectation into its results.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("synth").add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": measured(frame)})
    results = batch.validate(
        gx.ExpectationSuite("suite", expectations=suite), result_format="BOOLEAN_ONLY"
    ).results
    configs = [result.expectation_config for result in results if not result.success]
    return [str(config.meta[_LABEL]) for config in configs if config is not None and config.meta]


def _expect(what: str, kind: str, **arguments: Any) -> "Expectation":
    """An expectation that knows what it says."""
    from great_expectations.expectations.registry import get_expectation_impl

    return get_expectation_impl(f"expect_{kind}")(**arguments, meta={_LABEL: what})
