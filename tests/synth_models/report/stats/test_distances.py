"""Distances between rows of mixed types."""

import numpy as np
import pandas as pd
import pytest

from synth_models.report.side import Kind, Side
from synth_models.report.stats.distances import embed, nearest, share_nearer
from synth_models.report.stats.neighbours import neighbours
from synth_models.report.stats.records import row_records
from synth_models.report.trial import Trial
from synth_models.testing import shop

KINDS = {"n": Kind.NUMBER, "c": Kind.LABEL}


def test_numbers_count_by_rank_and_labels_by_equality() -> None:
    reference = pd.DataFrame({"n": np.arange(101.0) ** 3, "c": ["a", *["b"] * 100]})
    asked = pd.DataFrame({"n": [10.0**3, 60.0**3, np.nan], "c": ["b", "a", "new"]})
    points = embed(reference, [reference, asked], KINDS)
    assert nearest(points[1], points[0])[:2] == pytest.approx([0, 60 / 101], abs=1e-3)
    assert np.abs(np.diff(points[1].numbers[0, :2])).sum() == pytest.approx(0.5, abs=0.01)
    assert nearest(points[1], points[0])[2] == pytest.approx(0.5 + 0.5 / 101 + 1)


@pytest.mark.parametrize("values", [[1.0] * 30, [np.nan] * 30])
def test_columns_that_tell_nothing_are_no_obstacle(values: list[float]) -> None:
    frame = pd.DataFrame({"n": values, "c": [None] * 30})
    points = embed(frame, [frame], KINDS)[0]
    assert np.isfinite(points.numbers).all()
    assert nearest(points, points).max() == 0


def test_ties_count_half() -> None:
    assert share_nearer(np.array([1.0, 2.0, 3.0, 5.0]), np.array([2.0, 2.0, 1.0, 9.0])) == pytest.approx(
        0.625
    )


def test_neighbours_of_held_out_rows_and_of_halves() -> None:
    data, held_out = shop(rows=200).split(0.7, seed=0)
    own = row_records(Trial(real=Side(data), other=Side(data)), "users")
    found = neighbours(own, seed=0)
    assert found is not None
    assert len(found.real) + found.references == data.n_rows["users"]
    seen = Trial(real=Side(data), other=Side(data), held_out=Side(held_out), unseen=frozenset({"users"}))
    found = neighbours(row_records(seen, "users"), seed=1)
    assert found is not None
    assert found.references == data.n_rows["users"]
    assert found.other.max() == pytest.approx(0, abs=1e-5)
    assert len(found.real) == held_out.n_rows["users"]
    assert found.shares()[0] == pytest.approx(0.05, abs=0.02)
    assert found.shares()[1] == 1


def test_a_few_rows_have_no_neighbours() -> None:
    data = Side(shop(rows=12))
    assert neighbours(row_records(Trial(real=data, other=data), "users"), seed=0) is None
