"""Columns in a few numbers, and never what is rare."""

import numpy as np
import pandas as pd
import pytest

from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema, Table
from synth_models.report.edges import clipped_range, round_times
from synth_models.report.profile import OTHER, Bars, bars, profiles
from synth_models.report.rare import Owners
from synth_models.report.side import Kind, Side

MIN_ROWS = 5


def each(rows: int, least: int = MIN_ROWS) -> Owners:
    """Every row its own entity."""
    return Owners(np.arange(rows), least)


def shown(real: list, synthetic: list, kind: Kind) -> Bars:
    found = bars(pd.Series(real), pd.Series(synthetic), kind, each(len(real)))
    assert found is not None
    return found


def test_rare_categories_are_other() -> None:
    found = shown(
        ["a"] * 20 + ["b"] * MIN_ROWS + ["rare"] * (MIN_ROWS - 1), ["a"] * 10 + ["rare"] * 10, Kind.LABEL
    )
    assert found.names == ("a", "b", OTHER)
    assert found.real == pytest.approx((20 / 29, 5 / 29, 4 / 29))
    assert found.synthetic == pytest.approx((0.5, 0.0, 0.5))


def test_many_categories_leave_the_commonest() -> None:
    real = [letter for n, letter in enumerate("abcdefghijkl") for _ in range(30 - n)]
    found = shown(real, real, Kind.LABEL)
    assert found.names == (*"abcdefgh", OTHER)
    assert sum(share or 0 for share in found.real) == pytest.approx(1)


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.TIME])
def test_no_bar_is_made_of_a_few_real_rows(kind: Kind) -> None:
    rng = np.random.default_rng(0)
    values = rng.lognormal(10, 1, 2000).round(1)
    found = shown(values.tolist(), values.tolist(), kind)
    counts = [share * len(values) for share in found.real if share is not None]
    assert min(counts) >= MIN_ROWS - 1e-6
    assert sum(counts) > 0.95 * len(values)  # few are hidden
    assert len(counts) >= 8
    assert found.edges is not None
    assert max(found.edges) < values.max()  # the greatest value is beyond the picture
    assert len(found.edges) - 1 <= 32
    assert not set(found.edges) & set(values)


def test_whole_numbers_have_a_bar_each() -> None:
    found = shown([1, 2, 3] * 30, [2, 2, 3] * 30, Kind.NUMBER)
    assert found.edges == (0.5, 1.5, 2.5, 3.5)
    assert found.synthetic == pytest.approx((0, 2 / 3, 1 / 3))


def test_the_greatest_value_is_in_the_last_bar() -> None:
    real = [*np.linspace(0, 9.5, 200).round(2), *[10.0] * 1800]  # the axis ends at 10
    found = shown(real, real, Kind.NUMBER)
    assert found.edges is not None
    assert found.edges[-1] == 10
    assert found.real[-1] == pytest.approx(found.synthetic[-1])
    assert found.synthetic[-1] >= 0.9


def test_few_values_are_not_drawn() -> None:
    assert bars(pd.Series(["a"] * 19), pd.Series(["a"] * 90), Kind.LABEL, each(19)) is None
    assert bars(pd.Series([1.0] * 19 + [np.nan] * 50), pd.Series([1.0]), Kind.NUMBER, each(69)) is None


def test_a_constant_and_an_empty_side_are_no_obstacle() -> None:
    found = shown([2.25] * 50, [], Kind.NUMBER)
    assert found.real == (1.0,)
    assert found.synthetic == (0.0,)


def test_the_range_leaves_the_extremes_out() -> None:
    low, high = clipped_range(np.arange(10_000.0), each(10_000))
    assert (low, high) == pytest.approx((49.995, 9949.005))
    low, high = clipped_range(np.arange(20.0), each(20))  # of few rows, five at either end
    assert low >= MIN_ROWS - 1
    assert high <= 20 - MIN_ROWS


@pytest.mark.parametrize(("span", "unit"), [(40 * 86400, 86400), (86400, 3600), (3600, 60), (50, 1)])
def test_times_have_round_edges(span: float, unit: int) -> None:
    edges = round_times(1e9 + 0.37, 1e9 + span, 20)
    assert edges[0] <= 1e9 + 0.37
    assert edges[-1] >= 1e9 + span
    assert np.allclose(np.diff(edges) % unit, 0)
    assert len(edges) <= 23


def test_text_is_told_by_its_length_only() -> None:
    schema = Schema({"t": Table({"id": "key", "note": "text", "size": "numeric"}, "id")})
    notes = [f"secret {number:02d}" for number in range(30)]
    data = RelationalData(
        {"t": pd.DataFrame({"id": range(30), "note": notes, "size": [None] * 27 + [1.0] * 3})}, schema
    )
    note, size = profiles(Side(data), Side(data), "t", seed=0)
    assert note.bars is None
    assert (note.real.mean, note.real.std, note.real.distinct) == (9.0, 0.0, 30)
    assert "secret" not in str(note)
    assert size.real.missing == pytest.approx(0.9)
    assert size.real.mean is None  # of three rows


def test_a_constant_time_has_one_bar() -> None:
    assert round_times(86400.0, 86400.0, 20).tolist() == [86400.0, 86401.0]


def test_what_few_entities_have_is_rare_in_however_many_rows() -> None:
    whose = Owners(np.r_[np.arange(100), np.full(60, 7)], 5)
    labels = pd.Series(["a"] * 100 + ["only seven's"] * 60)
    found = bars(labels, labels, Kind.LABEL, whose)
    assert found is not None
    assert found.names == ("a", OTHER)
    numbers = pd.Series([*np.linspace(0, 1, 100), *[99.5] * 60])
    found = bars(numbers, numbers, Kind.NUMBER, whose)
    assert found is not None
    assert found.edges is not None
    assert max(found.edges) < 2


def test_public_values_are_shown() -> None:
    labels = pd.Series(["a"] * 30 + ["b"])
    found = bars(labels, labels, Kind.LABEL, each(31, least=1))
    assert found is not None
    assert found.names == ("a", "b")
