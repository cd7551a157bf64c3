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
    for name, spec in columns.items():
        kind = spec["type"]
        if kind in _TYPES:
            what = f"'{name}' is {kind}"
            made.append(
                _expect(what, "column_values_to_be_in_type_list", column=name, type_list=_TYPES[kind])
            )
    return made


def range_expectations(source: pd.DataFrame) -> list["Expectation"]:
    """That numbers and times lie within the range of the source; its ends stay in this process."""
    made = []
    for name, spec in TableFacts.of(source).table["columns"].items():
        if spec["type"] in _ORDERED and source[name].notna().any():
            what = f"'{name}' is within the range of the source"
            low, high = _plain(source[name].min()), _plain(source[name].max())
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
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    results = batch.validate(
        gx.ExpectationSuite("suite", expectations=suite), result_format="BOOLEAN_ONLY"
    ).results
    configs = [result.expectation_config for result in results if not result.success]
    return [str(config.meta[_LABEL]) for config in configs if config is not None and config.meta]


def _expect(what: str, kind: str, **arguments: Any) -> "Expectation":
    """An expectation that knows what it says."""
    from great_expectations.expectations.registry import get_expectation_impl

    return get_expectation_impl(f"expect_{kind}")(**arguments, meta={_LABEL: what})


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
