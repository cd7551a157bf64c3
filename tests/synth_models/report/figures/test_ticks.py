"""What stands along an axis."""

import matplotlib.dates as mdates
import numpy as np
import pytest
from matplotlib.figure import Figure

from synth_models.report.figures.ticks import measure_ticks, percent, short_number
from synth_models.report.side import Kind

DAY = 86_400.0


def test_numbers_on_axes_are_short() -> None:
    numbers = (0, 1.5, 1500, 20_000, 3_000_000, -2e9)
    assert [short_number(number) for number in numbers] == ["0", "1.5", "1500", "20k", "3M", "-2G"]
    assert [percent(share) for share in (0, 0.005, 0.25, 1)] == ["0", "0.5%", "25%", "100%"]


def ticks(edges: np.ndarray, kind: Kind) -> tuple[np.ndarray, list[str]]:
    figure = Figure()
    axis = figure.add_subplot()
    places = measure_ticks(axis.xaxis, edges, kind, most=5, offset=False)
    axis.stairs(np.ones(len(edges) - 1), places)
    figure.canvas.draw()
    return places, [label.get_text() for label in axis.get_xticklabels()]


def test_whole_numbers_are_in_the_middle_of_their_bars() -> None:
    assert ticks(np.arange(5) - 0.5, Kind.NUMBER)[1] == ["0", "1", "2", "3"]


def test_times_are_dates() -> None:
    places, told = ticks(np.arange(0, 40) * DAY * 30, Kind.TIME)
    assert mdates.num2date(places[0]).year == 1970
    assert {"1970", "1971", "1972"} <= set(told)


@pytest.mark.parametrize("year", [-2100, 9999])
def test_dates_too_far_away_are_years(year: int) -> None:
    places, _ = ticks((year - 1970) * 365.2425 * DAY + np.arange(3) * DAY, Kind.TIME)
    assert places[0] == pytest.approx(year, abs=0.1)
