"""great-expectations suites derived from the description of a table, run so that no value leaves."""

import os
from typing import TYPE_CHECKING, Any

import pandas as pd

from synth_dagster.facts import TableFacts

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_WHOLE = ["int8", "int16", "int32", "int64", "Int64Dtype", "Int32Dtype"]
_NUMBERS = [*_WHOLE, "float32", "float64", "Float64Dtype"]
_TIMES = [f"datetime64[{unit}]" for unit in ("s", "ms", "us", "ns")]
_TYPES = {
    "boolean": ["bool", "BooleanDtype"],
    # Whole numbers with missing values may be held as floats.
    "integer": [*_WHOLE, "float64"],
    "numeric": _NUMBERS,
    "date": _TIMES,
    "datetime": _TIMES,
}
_ORDERED = ("integer", "numeric", "date", "datetime")
_LABEL = "what"


def expectations(facts: TableFacts) -> list["Expectation"]:
    """What must hold of a table by its columns, types and keys, each with a sentence in its ``meta``."""
    import great_expectations.expectations as gxe

    columns = facts.table["columns"]
    made: list[Expectation] = [
        gxe.ExpectTableColumnsToMatchSet(
            column_set=list(columns), exact_match=True, meta={_LABEL: "its columns are those of the schema"}
        ),
        gxe.ExpectTableRowCountToBeBetween(min_value=1, meta={_LABEL: "it has rows"}),
    ]
    for name in columns:
        if name in facts.key_columns or not facts.sql[name][1]:
            made.append(gxe.ExpectColumnValuesToNotBeNull(column=name, meta={_LABEL: f"'{name}' is never missing"}))
    made += _unique(facts)
    for name, spec in columns.items():
        if spec["type"] in _TYPES:
            label = f"'{name}' is {spec['type']}"
            made.append(
                gxe.ExpectColumnValuesToBeInTypeList(column=name, type_list=_TYPES[spec["type"]], meta={_LABEL: label})
            )
    return made


def range_expectations(source: pd.DataFrame) -> list["Expectation"]:
    """That numbers and times lie between the least and the greatest of the source, which stay in this process."""
    import great_expectations.expectations as gxe

    made: list[Expectation] = []
    for name, spec in TableFacts.of(source).table["columns"].items():
        if spec["type"] in _ORDERED and source[name].notna().any():
            low, high = _plain(source[name].min()), _plain(source[name].max())
            label = f"'{name}' is within the range of the source"
            made.append(
                gxe.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high, meta={_LABEL: label})
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
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    results = batch.validate(gx.ExpectationSuite("suite", expectations=suite), result_format="BOOLEAN_ONLY").results
    return [str((result.expectation_config.meta or {}).get(_LABEL)) for result in results if not result.success]


def _unique(facts: TableFacts) -> list["Expectation"]:
    import great_expectations.expectations as gxe

    keys = list(facts.key_columns)
    if len(keys) == 1:
        return [gxe.ExpectColumnValuesToBeUnique(column=keys[0], meta={_LABEL: f"the primary key '{keys[0]}' is unique"})]
    if keys:
        label = f"the primary key ({', '.join(keys)}) is unique"
        return [gxe.ExpectCompoundColumnsToBeUnique(column_list=keys, meta={_LABEL: label})]
    return []


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
