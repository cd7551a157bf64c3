"""The order of siblings of the same time."""

import numpy as np
import pandas as pd

from synth_models import RelationalData, Schema, Table
from synth_models.columns.base import COLUMN_TYPES
from synth_models.graph.rules import LINEAR, Operand, Rule
from synth_models.graph.ties import tie_groups, tie_ranks

RULE = Rule(LINEAR, (Operand("total", previous=True), Operand("step")), (1.0, 1.0, 0.0))


def ranks(totals: list[float], steps: list[float], days: list[int]) -> list[int]:
    """Where the rows of one owner go."""
    frame = pd.DataFrame({"owner": 0, "day": days, "step": steps, "total": totals})
    types = {"owner": "key", "day": "integer", "step": "numeric", "total": "numeric"}
    schema = Schema({"o": Table({"id": "key"}, "id"), "t": Table(types, None, {"owner": "o"})})
    data = RelationalData({"o": pd.DataFrame({"id": [0]}), "t": frame}, schema)
    codecs = {c: COLUMN_TYPES.get("numeric").fit(frame[c]) for c in ("step", "total")}
    assert len(set(tie_groups(data, "t", "owner", ["day"]))) == len(set(days))
    return tie_ranks(data, "t", "owner", ["day"], codecs, "total", RULE).tolist()


def test_each_follows_the_one_whose_total_it_goes_on_from() -> None:
    found = ranks([16.0, 13.0, 18.5], [3.0, 3.0, 2.5], [1, 1, 1])
    assert found == [1, 0, 2]


def test_the_last_decimal_may_be_off() -> None:
    assert ranks([16.1, 13.0, 18.5], [3.0, 3.0, 2.5], [1, 1, 1]) == [1, 0, 2]


def test_other_days_and_rows_that_follow_none_stay() -> None:
    assert ranks([16.0, 13.0], [3.0, 3.0], [1, 2]) == [0, 1]
    assert ranks([50.0, 13.0, np.nan], [3.0, 3.0, 1.0], [1, 1, 1]) == [0, 1, 2]


def test_a_circle_has_no_beginning_and_stays() -> None:
    assert ranks([10.0, 5.0], [5.0, -5.0], [1, 1]) == [0, 1]
