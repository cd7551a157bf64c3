"""The same value looks the same on both sides, whatever it is stored as."""

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from synth_models.report.side import Kind, Side, plain, sample
from synth_models.testing import shop


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1, 2, None], dtype="Int64"),
        pd.Series([1.0, 2.0, np.nan]),
        pd.Series(["1", "2.0", None], dtype=object),
        pd.Series([Decimal("1"), Decimal("2"), None], dtype=object),
        pd.Series([1, 2, np.inf]),
        pd.Series(["1", "2", "many"]),
    ],
)
def test_numbers_become_floats(values: pd.Series) -> None:
    assert plain(values, "integer").tolist()[:2] == [1.0, 2.0]
    assert np.isnan(plain(values, "numeric")[2])


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(pd.DatetimeIndex(["1970-01-02 00:00:01", pd.NaT])),
        pd.Series(pd.DatetimeIndex(["1970-01-02 01:00:01", pd.NaT], tz="Europe/Rome")),
        pd.Series(["1970-01-02 00:00:01", None]),
        pd.Series([datetime(1970, 1, 2, 0, 0, 1, tzinfo=UTC), None], dtype=object),
        pd.Series(["1970-01-02 00:00:01", "some day"]),
        pd.Series(np.array(["1970-01-02T00:00:01", "NaT"], dtype="datetime64[s]")),
    ],
)
def test_times_become_seconds(values: pd.Series) -> None:
    seconds = plain(values, "datetime")
    assert seconds[0] == 86401.0
    assert np.isnan(seconds[1])


def test_times_that_nanoseconds_cannot_hold_are_read() -> None:
    far = pd.Series(np.array(["9999-12-31"], dtype="datetime64[s]"))
    assert (
        plain(far, "date")[0]
        == (np.datetime64("9999-12-31") - np.datetime64("1970-01-01")).astype(int) * 86400
    )


@pytest.mark.parametrize("values", [[1, 2, None], [1.0, 2.0, None], ["1", "2", None], ["1.0", "2.0", np.nan]])
def test_labels_do_not_depend_on_their_dtype(values: list) -> None:
    for dtype in (object, "category"):
        assert plain(pd.Series(values, dtype=dtype), "categorical").tolist() == ["1", "2", None]


@pytest.mark.parametrize("values", [[True, False, None], [1, 0, None], ["Yes", "no", None], ["t", "F", None]])
def test_booleans_do_not_depend_on_their_spelling(values: list) -> None:
    assert plain(pd.Series(values, dtype=object), "boolean").tolist() == ["true", "false", None]


def test_a_side_leaves_keys_and_text_out() -> None:
    side = Side(shop(rows=20))
    assert list(side.table("users")) == ["country", "age", "premium", "income", "joined"]
    assert side.kinds("users")["joined"] is Kind.TIME
    assert side.columns("items") == {"quantity": Kind.NUMBER, "unit_price": Kind.NUMBER, "gift": Kind.LABEL}


def test_samples_are_drawn_with_the_seed_and_know_their_rows() -> None:
    frame = pd.DataFrame({"x": np.arange(100)})
    drawn = sample(frame, 10, seed=1)
    assert drawn.equals(sample(frame, 10, seed=1))
    assert not drawn.equals(sample(frame, 10, seed=2))
    assert drawn["x"].tolist() == drawn.index.tolist() == sorted(drawn.index)
    assert sample(frame, 100, seed=1) is frame
