"""Numbers that are a sum, difference, product or ratio of others, or follow from the sibling before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from synth_models.graph.readings import Readings
from synth_models.graph.rules import EXACT, LINEAR, PRODUCT, RATIO, SIGNED, Operand, Rule, tolerance, visible

_LEAST = 30
"""Rows that have all parts of a relation, and of which a third tell it from a simpler one."""
_PROBE = 64
_AFFINE = 2000
_OPERANDS = 64
"""Numbers that are combined with each other: the search grows with their square."""
NATS = 30.0
"""How unlikely a relation must be by chance: far more than there are combinations to try."""
LIFT = 0.02
_KINDS = 50
_EXACTLY = 0.9
"""Share of sums that must be exact where the last decimal of the others may be off: they were rounded."""
_UNITS = (1.0, 60.0, 3600.0, 86_400.0)


@final
@dataclass(frozen=True)
class Found:
    """A relation that holds.

    Args:
        target: The column that it could compute.
        rule: How.
        legal: For which share of independent numbers the result is one that the column could have: 1 if the
            others can be anything.
    """

    target: str
    rule: Rule
    legal: float


def find_arithmetic(readings: Readings, targets: Sequence[str]) -> list[Found]:
    """The relations of numbers that hold in (nearly) all rows.

    Args:
        readings: What can be read.
        targets: The columns that may be computed.
    """
    found = []
    for target in targets:
        if search := _search(readings, target):
            for rules in (search.same(), search.affine(), search.pairs()):
                found += search.found(rules)
    return found


def find_pairs(readings: Readings, target: str) -> list[Found]:
    """What one column may be computed from, two others or the sibling before and another."""
    search = _search(readings, target)
    return search.found(search.pairs()) if search else []


def _search(readings: Readings, target: str) -> "_Search | None":
    """The search for what a column is computed from; None if all its numbers are the same, or missing."""
    numbers = readings.sample(Operand(target))
    if len(np.unique(numbers[~np.isnan(numbers)])) < 2:
        return None
    return _Search(readings, target, numbers)


def holds(result: np.ndarray, target: np.ndarray, slack: np.ndarray, simpler: Sequence[np.ndarray]) -> bool:
    """Whether a computed number is the one there is, wherever both are, and not by chance.

    Args:
        result: What is computed.
        target: What there is.
        slack: How far apart the two may be.
        simpler: Numbers that say nothing for the relation where they are the result as well.

    Shapes:
        each: (rows,)
    """
    off = np.abs(result - target)
    both = np.isfinite(off)
    if both.sum() < _LEAST or (off[both] <= slack[both]).mean() < EXACT:
        return False
    telling = both.copy()
    for other in simpler:
        telling &= ~(np.abs(result - other) <= slack)
    n = int(telling.sum())
    if n < _LEAST / 3:
        return False
    dealt = np.random.default_rng(0).permutation(target[telling])
    chance = (np.abs(result[telling] - dealt) <= slack[telling]).mean()
    wrong = (off[telling] > slack[telling]).mean()
    return bool(wrong <= LIFT * (1 - chance) and -n * np.log(max(chance, 1 / n)) >= NATS)


@final
class _Search:
    """The search for what one column is computed from."""

    def __init__(self, readings: Readings, target: str, numbers: np.ndarray) -> None:
        self.readings, self.target, self.numbers = readings, target, numbers
        self.slack, self.unit = tolerance(numbers)
        if not readings.codecs[target].continuous:
            self.slack = np.zeros(len(numbers))
        self.loose = self.slack + (self.unit if self.unit < 1 else 0.0)
        given = numbers[~np.isnan(numbers)]
        self.low, self.high = float(given.min()), float(given.max())
        self.mine = Operand(target)
        self.before = [Operand(target, previous=True)] if readings.family else []

    def found(self, rules: Iterator[Rule]) -> list[Found]:
        """Those of the rules that hold, with what the first sibling starts from."""
        found = []
        for rule in rules:
            inputs = [self.readings.sample(operand) for operand in rule.operands]
            simpler = [*inputs, np.zeros(len(self.numbers))] if len(inputs) > 1 else []
            if self._holds(rule, rule.compute(inputs)[1], simpler):
                found.append(Found(self.target, self._started(rule), self._legal(rule, inputs)))
        return found

    def _holds(self, rule: Rule, result: np.ndarray, simpler: Sequence[np.ndarray]) -> bool:
        if rule.kind not in (LINEAR, SIGNED) or not simpler:
            return holds(result, self.numbers, self.slack, simpler)
        off = np.abs(result - self.numbers)
        exactly = (off <= self.slack)[np.isfinite(off)].mean() if np.isfinite(off).any() else 0.0
        return bool(exactly >= _EXACTLY) and holds(result, self.numbers, self.loose, simpler)

    def _operands(self, *, alone: bool) -> list[Operand]:
        """What the column may be computed from: alone, or together with another; the closest first."""
        readings = self.readings
        if not readings.codecs[self.target].continuous:
            return []
        own = [o for o in readings.own() if o != self.mine]
        found = [*self.before, *own, *readings.above()]
        if alone:
            found += [o for o in readings.parts() if o.column != self.target]
            found += [replace(o, previous=True) for o in own if readings.family]
        return readings.numeric(found)

    def same(self) -> Iterator[Rule]:
        """The rule that the column stays as it was."""
        for operand in self.before:
            yield Rule(LINEAR, (operand,), (1.0, 0.0))

    def affine(self) -> Iterator[Rule]:
        """The rules ``weight * operand + constant`` that may hold."""
        operands = self._operands(alone=True)
        if not operands:
            return
        some = np.flatnonzero(~np.isnan(self.numbers))[:_AFFINE]
        y, block = self.numbers[some], np.stack([self.readings.sample(o)[some] for o in operands])
        there = ~np.isnan(block)
        count = np.maximum(there.sum(1), 1)
        x = np.where(there, block, 0.0)
        mean, my = x.sum(1) / count, (there * y).sum(1) / count
        dx, dy = np.where(there, x - mean[:, None], 0.0), np.where(there, y - my[:, None], 0.0)
        with np.errstate(all="ignore"):
            weight = (dx * dy).sum(1) / (dx**2).sum(1)
            left = np.sqrt(((dy - weight[:, None] * dx) ** 2).sum(1) / count)
            close = left <= np.maximum(1e-3 * np.sqrt((dy**2).sum(1) / count), self.unit)
        for at in np.flatnonzero(close & (count >= _LEAST) & np.isfinite(weight) & (weight != 0)):
            yield from self._rounded(operands[at], float(weight[at]))

    def _rounded(self, operand: Operand, weight: float) -> Iterator[Rule]:
        """The rule with the fewest digits that holds."""
        x = self.readings.sample(operand)
        for digits in (1, 2, 3, 4, 6, 8, 17):
            factor = float(f"{weight:.{digits - 1}e}")
            rest = self.numbers - factor * x
            constant = float(np.median(rest[np.isfinite(rest)]))
            constant = round(constant / self.unit) * self.unit if self.unit else float(f"{constant:.8e}")
            result = factor * x + constant
            if holds(result, self.numbers, self.slack, []):
                # Parts count in ones: what is half a week number lies between two values in other weeks.
                steps = factor / self.unit if operand.part and self.unit else 0.0
                if steps == round(steps):
                    yield Rule(LINEAR, (operand,), (factor, constant + 0.0))
                return

    def pairs(self) -> Iterator[Rule]:
        """The rules over two operands that hold in the first rows."""
        operands = self._operands(alone=False)[:_OPERANDS]
        if len(operands) < 2:
            return
        rows = np.random.default_rng(0).permutation(np.flatnonzero(~np.isnan(self.numbers)))[:_PROBE]
        block, y = np.stack([self.readings.sample(o)[rows] for o in operands]), self.numbers[rows]
        slack, first, second = self.slack[rows], block[:, None], block[None, :]
        for weights in self._weights(operands):
            a, b = weights[:, :1, None] * first, weights[:, 1:, None].transpose(1, 0, 2) * second
            for at in _matching(a + b, y, self.loose[rows]):
                yield Rule(
                    LINEAR,
                    tuple(operands[i] for i in at),
                    (*(float(weights[i, k]) for k, i in enumerate(at)), 0.0),
                )
        with np.errstate(all="ignore"):
            for kind, result in ((PRODUCT, first * second), (RATIO, first / second)):
                for at in _matching(result, y, slack):
                    if kind == RATIO or at[0] < at[1]:
                        yield Rule(kind, tuple(operands[i] for i in at))
        off = np.abs(y - first) - np.abs(second)
        for base, amount in _matching(off, np.zeros(len(y)), self.loose[rows]):
            yield from self._signed(operands[base], operands[amount])

    def _weights(self, operands: Sequence[Operand]) -> Iterator[np.ndarray]:
        """What the first and the second operand may be multiplied with to be added.

        Beside seconds, numbers may be of minutes, hours or days.

        Shapes:
            each: (operands, 2)
        """
        time = np.array([self.readings.seconds(o) == 1.0 for o in operands])
        mine = self.readings.seconds(Operand(self.target)) == 1.0
        for unit in _UNITS if mine or time.any() else _UNITS[:1]:
            scale = (
                np.where(time, 1.0, unit) if mine else np.where(time, 1 / unit, 1.0 if unit == 1 else np.nan)
            )
            for sign in (1.0, -1.0):
                yield np.stack([scale, sign * scale], axis=1)

    def _signed(self, base: Operand, amount: Operand) -> Iterator[Rule]:
        """The rule that adds or subtracts the amount, as another column says."""
        with np.errstate(all="ignore"):
            step, size = (self.numbers - self.readings.sample(base)), self.readings.sample(amount)
            sign = np.where(np.abs(np.abs(step) - np.abs(size)) <= self.loose, np.sign(step * size), np.nan)
        given = ~np.isnan(sign) & (sign != 0)
        if given.sum() < _LEAST or len(np.unique(sign[given])) < 2:
            return
        for switch in self.readings.own():
            if switch in (self.mine, amount, base):
                continue
            kinds, place = np.unique(visible(self.readings.sample(switch)[given]), return_inverse=True)
            if len(kinds) > _KINDS:
                continue
            ups = np.bincount(place, weights=sign[given] > 0)
            share = ups / np.bincount(place)
            if np.maximum(ups, np.bincount(place) - ups).sum() / given.sum() >= EXACT:
                yield Rule(SIGNED, (base, amount, switch), (), kinds, np.where(share > 0.5, 1.0, -1.0))
                return

    def _started(self, rule: Rule) -> Rule:
        """The rule with what the first sibling starts from, if that holds as well."""
        if self.mine.column not in [o.column for o in rule.operands if o.previous]:
            return rule
        at = next(i for i, o in enumerate(rule.operands) if o == replace(self.mine, previous=True))
        inputs = [self.readings.sample(operand) for operand in rule.operands]
        theirs = [o for o in self.readings.above() if o.key == self.readings.family]
        above = [o.column for o in theirs if self.readings.codec_of(o).continuous]
        first = np.isnan(inputs[at])
        for start in (0.0, *above) if self.readings.codecs[self.target].continuous else ():
            operand = replace(rule.operands[at], start=start)
            inputs[at] = np.where(first, self.readings.sample(operand), np.nan)
            off = np.abs(rule.compute(inputs)[1] - self.numbers)
            known = np.isfinite(off)
            if known.sum() >= _LEAST / 3 and (off[known] <= self.loose[known]).mean() >= EXACT:
                return replace(rule, operands=(*rule.operands[:at], operand, *rule.operands[at + 1 :]))
        return rule

    def _legal(self, rule: Rule, inputs: Sequence[np.ndarray]) -> float:
        rng = np.random.default_rng(0)
        dealt = [inputs[0], *(rng.permutation(x) for x in inputs[1:])]
        known, result = rule.compute(dealt)
        result = result[known]
        if not len(result):
            return 0.0
        inside = (result >= self.low - self.unit) & (result <= self.high + self.unit)
        if self.unit:
            inside &= np.abs(result - np.rint(result / self.unit) * self.unit) <= 1e-3 * self.unit
        return float(inside.mean())


def _matching(result: np.ndarray, y: np.ndarray, slack: np.ndarray) -> list[tuple[int, int]]:
    """The pairs of operands whose result is the number there is. Shapes: (operands, operands, rows)."""
    off = np.abs(result - y)
    given = np.isfinite(off)
    good = (given & (off <= slack)).sum(2)
    fits = (given.sum(2) - good <= 1) & (good >= _PROBE // 8)
    np.fill_diagonal(fits, val=False)
    return [(int(a), int(b)) for a, b in np.argwhere(fits)]
