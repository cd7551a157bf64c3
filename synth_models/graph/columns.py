"""How each column of a table is drawn: copied, computed, as a difference, or as it is."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from synth_models.columns.base import Codec
from synth_models.columns.grid import NumberGrid
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.detect import entropy
from synth_models.graph.differences import differences
from synth_models.graph.protection import Protection, limits
from synth_models.graph.readings import Readings
from synth_models.graph.relations import may_be_missing
from synth_models.graph.rules import Operand, Rule, tolerance

_GAIN = 0.3
"""Nats a difference must save over the value itself to be used."""
_NUMBER_GAIN = 1.0
"""The same for numbers that are no times."""
_TIMES = {"date", "datetime"}
_NUMBERS = {"integer", "numeric"}
_CELLS = 500
_ROWS = 200_000
"""Rows that entropies are measured in."""
_DAY = 86_400.0
_ONE_WAY = 0.001
"""Share of the steps of a number that go the other way, if it is a counter."""
_SAME = 0.1
"""Share of the steps that tokens may not tell from none."""
_CALENDAR_ROWS = 500
_BOUND = 0.15
"""Nats the day of the month must tell of the next gap for a series to be one of the calendar."""


def plan_columns(
    readings: Readings,
    content: Sequence[str],
    copies: Mapping[str, tuple[str, str] | None],
    rules: Mapping[str, tuple[Rule, ...]],
    fixed: Mapping[str, tuple[str, ...]],
    protection: Protection,
) -> tuple[ColumnPlan, ...]:
    """How the columns of a table are drawn.

    Args:
        readings: The table.
        content: Its columns, in the order they are drawn.
        copies: What each only repeats.
        rules: What some are computed by.
        fixed: The keys whose parents tell some.
        protection: What rare differences are protected by.
    """
    plans: list[ColumnPlan] = []
    for column in content:
        kind, codec = readings.type_of(Operand(column)), readings.codecs[column]
        if copies[column] or column in rules:
            mine = rules.get(column, ())
            gaps = bool(mine) and may_be_missing(readings, column, mine)
            plan = ColumnPlan(column, kind, codec, copies[column], rules=mine, gaps=gaps)
            if any(operand.previous for rule in mine for operand in rule.operands):
                numbers, owners = readings.all_rows(Operand(column)), protection.entities[readings.name]
                bounds = limits(numbers, protection.least(numbers, column), owners)
                plan = replace(plan, bounds=bounds)
            plans.append(plan)
        elif column in fixed:
            spec = readings.data.schema.tables[readings.name].columns[column]
            least = protection.least(readings.all_rows(Operand(column)), column)
            least = max(least, int(spec.options.get("min_count", 0)))
            plans.append(ColumnPlan(column, kind, codec, fixed_by=fixed[column], least=least))
        elif codec.continuous:
            plans.append(_drawn(readings, plans, column, protection))
        else:
            plans.append(ColumnPlan(column, kind, codec))
    return tuple(plans)


def _drawn(
    readings: Readings, before: Sequence[ColumnPlan], column: str, protection: Protection
) -> ColumnPlan:
    """A column that is drawn: as differences to other numbers, if these say more."""
    mine, codec = Operand(column), readings.codecs[column]
    kind, numbers = readings.type_of(mine), readings.all_rows(mine)
    bases = _bases(readings, before, column)
    least_gain, width = _cells(kind, numbers)
    base, base_of = _best_base(numbers, bases, least_gain, width)
    if base is None:
        return ColumnPlan(column, kind, codec)
    first = None
    if base == ("previous",) and kind in _NUMBERS and _is_level(codec, numbers, base_of):
        return ColumnPlan(column, kind, codec, near=True)
    if base == ("previous",):
        start = np.isnan(base_of)
        above = {of: theirs for of, theirs in bases.items() if of[0] == "parent"}
        origin, origin_of = _best_base(np.where(start, numbers, np.nan), above, least_gain, width)
        if origin:
            first, base_of = origin[1], np.where(start, origin_of, base_of)
    by_period = _calendar_bound(codec, kind, numbers, base_of)
    delta = differences(codec, by_period, numbers, base_of)
    known, owners = ~np.isnan(base_of), protection.entities[readings.name]
    least = protection.least(delta, column)
    whole = by_period or kind in ("date", "integer")
    grid = NumberGrid.fit(
        delta[known], decimals=0 if whole else None, min_count=least, entities=owners[known]
    )
    bounds = limits(numbers, least, owners)
    return ColumnPlan(column, kind, codec, None, base, first, grid, by_period, bounds)


def _bases(
    readings: Readings, before: Sequence[ColumnPlan], column: str
) -> dict[tuple[str, ...], np.ndarray]:
    """What a column may be a difference to: times to times, numbers to the sibling before or the parent."""
    kind = readings.type_of(Operand(column))
    alike = _NUMBERS if kind in _NUMBERS else {kind}
    bases: dict[tuple[str, ...], np.ndarray] = {}
    if kind in _TIMES:
        earlier = [other.name for other in before if other.type == kind]
        bases |= {("row", other): readings.all_rows(Operand(other)) for other in earlier}
    theirs = [o for o in readings.above() if o.key == readings.family and readings.type_of(o) in alike]
    bases |= {("parent", o.column): readings.all_rows(o) for o in theirs}
    follows = column in readings.order if kind in _TIMES else bool(readings.order)
    if readings.family and follows:
        bases["previous",] = readings.all_rows(Operand(column, previous=True))
    return bases


def _cells(kind: str, numbers: np.ndarray) -> tuple[float, float]:
    """The nats that a difference must save, and the width of the cells that they are counted in.

    Times stay in their order by being differences; that a network must learn the difference of numbers costs
    less than the exact values that are lost, unless it says much more.
    """
    given = numbers[~np.isnan(numbers)]
    given = given[_few(len(given))]
    if not len(given):
        return _GAIN, 0.0
    if kind in _TIMES:
        return _GAIN, float(np.ptp(given)) / _CELLS
    low, high = np.quantile(given, [0.01, 0.99])
    return _NUMBER_GAIN, max(float(high - low) / _CELLS, tolerance(given)[1])


def _calendar_bound(codec: Codec, kind: str, numbers: np.ndarray, base: np.ndarray) -> bool:
    """Whether the days follow the calendar (ends of months, pay days) rather than the gaps between them.

    Gaps that depend on the day of the month before, but not on it alone, would have to be drawn by counting
    days: errors add up, and all that hangs on the day of the month is lost with them.
    """
    if codec.periods(numbers) is None:
        return False
    known = ~np.isnan(numbers) & ~np.isnan(base)
    if known.sum() < _CALENDAR_ROWS:
        return False
    day = 1.0 if kind == "date" else _DAY
    gaps = np.clip(np.floor(numbers[known] / day) - np.floor(base[known] / day), -1, 62)
    before = np.floor(base[known] / day).astype("datetime64[D]")
    place = (before - before.astype("datetime64[M]")).astype(np.float64)
    spread = entropy(gaps, 1.0)
    return spread > 1.0 and spread + entropy(place, 1.0) - entropy(gaps * 100 + place, 1.0) > _BOUND


def _best_base(
    numbers: np.ndarray, bases: Mapping[tuple[str, ...], np.ndarray], least: float, width: float
) -> tuple[tuple[str, ...] | None, np.ndarray]:
    """The base whose difference has the least entropy, if that is a gain; and its values."""
    best, best_values, most = None, np.full(len(numbers), np.nan), least
    if not width:
        return best, best_values
    some = _few(len(numbers))
    mine = numbers[some]
    enough = max(10, 0.3 * np.count_nonzero(~np.isnan(mine)))
    for base, values in bases.items():
        theirs = values[some]
        known = ~np.isnan(theirs) & ~np.isnan(mine)
        if known.sum() < enough:
            continue
        cell = max(width, 1e-6)
        saved = entropy(mine[known], cell) - entropy((mine - theirs)[known], cell)
        if saved > most:
            best, best_values, most = base, values, saved
    return best, best_values


@functools.lru_cache(maxsize=1)
def _few(n: int) -> np.ndarray | slice:
    """Which of ``n`` rows are measured in: all, or so many drawn at random."""
    if n <= _ROWS:
        return slice(None)
    return np.random.default_rng(0).choice(n, _ROWS, replace=False, shuffle=False)


def _is_level(codec: Codec, numbers: np.ndarray, before: np.ndarray) -> bool:
    """Whether a number is a level that moves up and down, and its tokens tell most numbers from those before.

    A counter that only ever rises has to be drawn as differences, as times are.
    """
    moved = np.flatnonzero((numbers != before) & ~np.isnan(numbers) & ~np.isnan(before))
    if not len(moved):
        return False
    up = np.mean(numbers[moved] > before[moved])
    same = (codec.encode_numbers(numbers[moved]) == codec.encode_numbers(before[moved])).all(1)
    return bool(min(up, 1 - up) > _ONE_WAY and same.mean() < _SAME)
