"""What rules may read of a table."""

import numpy as np
import pandas as pd

from synth_models import RelationalData, Schema, Table
from synth_models.columns.base import COLUMN_TYPES
from synth_models.graph.readings import Readings
from synth_models.graph.rules import Operand


def readings_of(months: list[int], *, n: int = 300) -> Readings:
    """Loans of banks, the months of which are categories."""
    rng = np.random.default_rng(0)
    loans = pd.DataFrame({"bank": np.arange(n) % 10, "day": rng.integers(0, 50, n)})
    loans["months"] = np.r_[months, rng.choice([12, 24], n - len(months))]
    types = {"bank": "key", "day": "integer", "months": "categorical"}
    schema = Schema(
        {
            "banks": Table({"id": "key", "size": "integer"}, "id"),
            "loans": Table(types, None, {"bank": "banks"}),
        }
    )
    banks = pd.DataFrame({"id": range(10), "size": np.arange(10) * 100})
    data = RelationalData({"banks": banks, "loans": loans}, schema)
    codecs = {c: COLUMN_TYPES.get(types[c]).fit(loans[c]) for c in ("day", "months")}
    above = {"bank": ("banks", {"size": COLUMN_TYPES.get("integer").fit(banks["size"])})}
    return Readings(data, "loans", "bank", ["day"], codecs, above)


def test_the_sibling_before_is_the_one_of_the_time_before() -> None:
    readings = readings_of([])
    frame = readings.data["loans"].assign(row=range(300))
    before = frame.sort_values(["bank", "day", "row"]).groupby("bank")["day"].shift().sort_index()
    np.testing.assert_array_equal(readings.all_rows(Operand("day", previous=True)), before)
    first = readings.all_rows(Operand("day", previous=True, start="size"))[before.isna()]
    np.testing.assert_array_equal(first, 100 * frame.loc[before.isna(), "bank"])


def test_a_parents_column_is_read_over_its_key() -> None:
    readings = readings_of([])
    np.testing.assert_array_equal(
        readings.all_rows(Operand("size", key="bank")), 100 * readings.data["loans"]["bank"]
    )


def test_categories_that_are_numbers_can_be_calculated_with_but_for_rare_ones() -> None:
    readings = readings_of([99])
    (months,) = readings.numeric([Operand("months")])
    read = readings.all_rows(months)
    assert np.isnan(read[0])
    np.testing.assert_array_equal(read[1:], readings.data["loans"]["months"][1:])
