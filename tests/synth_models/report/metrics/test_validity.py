"""Each broken rule is found where it is broken."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from synth_models.data.relational import RelationalData
from synth_models.report.metrics.base import Measurement, pooled
from synth_models.report.metrics.validity import Validity
from synth_models.report.side import Side
from synth_models.report.trial import Trial
from synth_models.testing import shop

REAL = shop(rows=100)


def broken(**change: Any) -> dict[tuple[str, tuple[str, ...]], Measurement]:
    frames = {name: frame.copy() for name, frame in REAL.items()}
    for column, values in change.items():
        frames["users"][column] = values
    other = Side(RelationalData(frames, REAL.schema))
    found = Validity().compute(Trial(real=Side(REAL), other=other))
    assert pooled(found, Validity.pool) == pytest.approx(1) if not change else True
    return {
        (m.aspect, m.items): m
        for m in found
        if m.table == "users" and m.value is not None and m.value < 0.9999
    }


def test_real_data_are_valid() -> None:
    assert broken() == {}


def test_values_out_of_range() -> None:
    age = np.where(np.arange(100) < 25, 999, REAL["users"]["age"])
    found = broken(age=age)
    assert list(found) == [("ranges", ("age",))]
    assert found["ranges", ("age",)].value == 0.75


def test_categories_that_do_not_exist() -> None:
    found = broken(country=["XX"] * 10 + REAL["users"]["country"].tolist()[10:])
    assert found["ranges", ("country",)].value == 0.9


def test_missing_values_where_there_are_none() -> None:
    found = broken(joined=REAL["users"]["joined"].where(np.arange(100) >= 40))
    assert found["missing", ("joined",)].value == pytest.approx(0.6)


def test_broken_numbers_where_all_are_whole() -> None:
    real = RelationalData(
        {n: f.assign(income=f["income"].round()) if n == "users" else f for n, f in REAL.items()}, REAL.schema
    )
    found = Validity().compute(Trial(real=Side(real), other=Side(REAL)))
    whole = {m.items[0]: m.value for m in found if m.aspect == "whole" and m.table == "users"}
    assert whole["age"] == 1
    assert whole["income"] is not None
    assert whole["income"] < 0.2


def test_repeated_composite_keys() -> None:
    from synth_models.data.schema import Schema, Table

    def links(primary: tuple[str, ...] | None, b: list[int]) -> RelationalData:
        schema = Schema({"t": Table({"a": "key", "b": "key"}, primary)})
        return RelationalData({"t": pd.DataFrame({"a": [1, 1, 2, 2], "b": b})}, schema)

    trial = Trial(real=Side(links(("a", "b"), [1, 2, 1, 2])), other=Side(links(None, [1, 1, 1, 2])))
    assert [(m.aspect, m.value) for m in Validity().compute(trial)] == [("keys", 0.75)]


def test_missing_keys() -> None:
    items = REAL["items"].assign(product=None)
    other = RelationalData({**REAL, "items": items}, REAL.schema)
    found = Validity().compute(Trial(real=Side(REAL), other=Side(other)))
    values = {(m.aspect, m.items): m.value for m in found if m.table == "items"}
    assert values["integrity", ("product",)] == 1
    assert values["missing", ("product",)] == pytest.approx(REAL["items"]["product"].isna().mean())
