"""Likeness of distributions."""

import numpy as np
import pandas as pd
import pytest
from sdmetrics.single_column import KSComplement, TVComplement

from synth_models.report.side import Kind
from synth_models.report.stats.shapes import ks_similarity, similarity


def test_it_is_the_complement_of_the_kolmogorov_smirnov_distance() -> None:
    rng = np.random.default_rng(0)
    real, other = rng.normal(size=300), rng.normal(0.4, 1, size=200)
    theirs = KSComplement.compute(pd.Series(real), pd.Series(other))
    assert ks_similarity(real, np.r_[other, np.nan]) == pytest.approx(theirs)


def test_labels_are_alike_as_in_sdmetrics() -> None:
    rng = np.random.default_rng(0)
    real, other = (pd.Series(rng.choice(list("abcdef"), 300 + 50 * more)) for more in (0, 1))
    assert similarity(real, other, Kind.LABEL) == pytest.approx(TVComplement.compute(real, other))


def test_labels_count_missing_values() -> None:
    real = pd.Series(["a", "a", "b", None], dtype=object)
    other = pd.Series(["a", "b", "b", "c"], dtype=object)
    assert similarity(real, other, Kind.LABEL) == pytest.approx(0.5)
    assert similarity(real, real, Kind.LABEL) == 1


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.LABEL])
def test_nothing_is_like_nothing_only(kind: Kind) -> None:
    dtype = float if kind is Kind.NUMBER else object
    some, none = pd.Series([1, 2, 3], dtype=dtype), pd.Series([], dtype=dtype)
    assert similarity(none, none, kind) == 1
    assert similarity(some, none, kind) == similarity(none, some, kind) == 0


def test_all_missing_numbers_are_nothing() -> None:
    assert ks_similarity(np.full(5, np.nan), np.full(3, np.nan)) == 1
    assert ks_similarity(np.full(5, np.nan), np.ones(3)) == 0
