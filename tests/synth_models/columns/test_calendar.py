import datetime as dt

import numpy as np
import pytest

from synth_models.columns.calendar import DayGrid, weekday


def days(*dates: str) -> np.ndarray:
    return np.array(dates, dtype="datetime64[D]").astype(float)


RANGE = np.arange(*days("2023-11-10", "2024-03-05"))


def test_tokens_are_month_and_day():
    grid = DayGrid.fit(np.repeat(RANGE, 9), 5)
    assert grid.sizes == (6, 32)
    tokens = grid.encode(np.r_[days("2023-11-10", "2024-02-29"), np.nan])
    assert tokens.tolist() == [[1, 10], [4, 29], [0, 0]]
    np.testing.assert_array_equal(grid.decode(tokens), np.r_[days("2023-11-10", "2024-02-29"), np.nan])


def test_only_days_of_the_calendar_and_the_range_are_allowed():
    months, day = DayGrid.fit(np.repeat(RANGE, 9), 5).allowed()
    assert months.tolist() == [[False, True, True, True, True, True]]
    assert np.flatnonzero(day[0]).tolist() == [0]
    assert np.flatnonzero(day[1]).tolist() == list(range(10, 31))  # from the 10th of November
    assert np.flatnonzero(day[4]).tolist() == list(range(1, 30))  # February 2024
    assert np.flatnonzero(day[5]).tolist() == [1, 2, 3, 4]


def test_months_that_do_not_occur_are_forbidden():
    grid = DayGrid.fit(np.repeat(days("2020-01-15", "2020-04-15"), 40), 5)
    assert grid.allowed()[0].tolist() == [[False, True, False, False, True]]


def test_days_beyond_the_range_are_clipped():
    grid = DayGrid.fit(np.repeat(RANGE, 9), 5)
    made = grid.decode(grid.encode(days("1900-01-01", "2999-01-01")))
    np.testing.assert_array_equal(made, days("2023-11-10", "2024-03-04"))


def test_the_ends_are_means():
    values = np.r_[days("1900-01-01"), np.repeat(RANGE, 3), days("2100-01-01")]
    grid = DayGrid.fit(values, 5)
    assert grid.low > days("1990-01-01")[0]
    assert grid.high < days("2050-01-01")[0]


@pytest.mark.parametrize("n", [1, 4])
def test_so_few_rows_tell_the_year(n: int):
    grid = DayGrid.fit(days("2021-05-17", "2021-05-18", "2021-08-02", "2021-08-03")[:n], 5)
    assert (grid.low, grid.high) == tuple(days("2021-01-01", "2021-12-31"))
    assert grid.seen.all()


def test_centuries_have_years():
    values = np.arange(*days("1850-03-01", "2020-01-01"))
    grid = DayGrid.fit(values, 1)
    assert grid.sizes == (172 - 1, 13, 32)
    np.testing.assert_array_equal(grid.decode(grid.encode(values)), values)
    year, month, day = grid.allowed()
    tokens = grid.encode(values)
    assert year[0, tokens[:, 0]].all()
    assert month[tokens[:, 0], tokens[:, 1]].all()
    assert day[tokens[:, 1], tokens[:, 2]].all()
    assert not month[1, :3].any()  # January and February 1850
    not_a_leap_year = np.array([[1901 - 1849, 2, 29]])
    np.testing.assert_array_equal(grid.decode(not_a_leap_year), days("1901-02-28"))


def test_missing_days_only():
    grid = DayGrid.fit(np.full(3, np.nan), 5)
    assert grid.allowed()[0].tolist() == [[True, False]]
    assert np.isnan(grid.decode(grid.encode(np.full(3, np.nan)))).all()


def test_the_state_makes_the_same_grid():
    grid = DayGrid.fit(np.repeat(RANGE, 9), 5)
    twin = DayGrid.from_state(grid.state())
    np.testing.assert_array_equal(twin.encode(RANGE), grid.encode(RANGE))


def test_weekdays():
    moments = np.r_[RANGE, days("1960-02-29", "1969-12-31")]
    expected = [dt.date(1970, 1, 1) + dt.timedelta(days=int(day)) for day in moments]
    assert weekday(moments).ravel().tolist() == [day.isoweekday() for day in expected]
    assert weekday(np.array([np.nan])).tolist() == [[0]]
