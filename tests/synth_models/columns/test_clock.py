import numpy as np

from synth_models.columns.clock import HOUR, ClockGrid

RNG = np.random.default_rng(0)


def test_whole_hours_are_one_token():
    grid = ClockGrid.fit(np.repeat([8.0, 9.0, 17.0], 9) * HOUR, 5)
    assert grid.sizes == (25,)
    assert grid.encode(np.array([9 * HOUR, np.nan])).tolist() == [[10], [0]]
    hours = grid.allowed(32)[0]
    assert hours.shape == (32, 25)
    assert np.flatnonzero(hours[0]).tolist() == [0]
    assert np.flatnonzero(hours[5]).tolist() == [9, 10, 18]


def test_minutes_are_exact():
    seconds = RNG.integers(0, 1440, 5000) * 60.0
    grid = ClockGrid.fit(seconds, 5)
    assert grid.sizes == (25, 61)
    np.testing.assert_array_equal(grid.decode(grid.encode(seconds), RNG), seconds)


def test_seconds_are_near_and_whole():
    seconds = RNG.integers(0, 86_400, 50_000).astype(float)
    grid = ClockGrid.fit(seconds, 5)
    made = grid.decode(grid.encode(seconds), RNG)
    assert len(grid.sizes) == 3
    assert np.abs(made - seconds).max() < 20
    assert (made % 1 == 0).all()
    assert (made // HOUR == seconds // HOUR).all()


def test_a_missing_time_has_zeros_only():
    seconds = np.where(RNG.random(500) < 0.5, np.nan, RNG.integers(0, 86_400, 500))
    grid = ClockGrid.fit(seconds, 5)
    tokens = grid.encode(seconds)
    assert not tokens[np.isnan(seconds)].any()
    before = np.where(np.isnan(seconds), 0, 3)
    for place, table in enumerate(grid.allowed(32)):
        assert table[before, tokens[:, place]].all()
        assert table.any(axis=1).all()
        before = tokens[:, place]
    np.testing.assert_array_equal(np.isnan(grid.decode(tokens, RNG)), np.isnan(seconds))


def test_the_state_makes_the_same_grid():
    seconds = RNG.integers(0, 86_400, 500).astype(float)
    grid = ClockGrid.fit(seconds, 5)
    np.testing.assert_array_equal(ClockGrid.from_state(grid.state()).encode(seconds), grid.encode(seconds))
