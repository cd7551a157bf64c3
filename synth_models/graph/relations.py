"""Which columns of a table are computed from others, and in which order columns are drawn then.

A relation of numbers can be read in several ways (amount = duration * payments or
payments = amount / duration): the column computed is the one that could have every value the others lead
to. No column follows from itself, over however many others.
"""

from collections.abc import Container, Mapping, Sequence

import numpy as np

from synth_models.graph.arithmetic import Found, find_arithmetic
from synth_models.graph.chains import find_chain
from synth_models.graph.lookups import find_lookups, tabulate
from synth_models.graph.protection import Protection
from synth_models.graph.readings import Readings
from synth_models.graph.rules import EXACT, RATIO, SIGNED, Operand, Rule, apply, depends_on, visible

Rules = dict[str, tuple[Rule, ...]]


def find_rules(
    readings: Readings, targets: Sequence[str], protection: Protection
) -> tuple[Readings, str | None, Rules]:
    """The rules that compute columns of a table, per column; the first that knows a value has it.

    Args:
        readings: What can be read.
        targets: The columns that may be computed, in the order they would be drawn.
        protection: What the tables of rules are protected by.

    Returns:
        The readings with siblings of the same time in order, the column that these are ordered by, if any,
        and the rules.
    """
    chain = find_chain(readings, targets)
    if chain is None:
        return readings, None, _find_rules(readings, targets, protection)
    ordered = readings.ordered_by(*chain)
    rules = _find_rules(ordered, targets, protection)
    if any(o.previous and o.column == chain[0] for rule in rules.get(chain[0], ()) for o in rule.operands):
        return ordered, chain[0], rules
    return readings, None, _find_rules(readings, targets, protection)


def _find_rules(readings: Readings, targets: Sequence[str], protection: Protection) -> Rules:
    rules: Rules = {}
    owners = protection.entities[readings.name]
    place = {column: at for at, column in enumerate(targets)}
    readable = [
        found for found in find_arithmetic(readings, targets) if _is_safe(readings, found, protection)
    ]
    for forms in _same_relations(readable):
        for found in sorted(
            forms, key=lambda f: (-round(f.legal, 2), f.rule.kind == RATIO, -place[f.target])
        ):
            if found.target not in rules and not _circular(rules, found.target, found.rule):
                rules[found.target] = (found.rule,)
                break
    determined = find_lookups(readings, [c for c in targets if c not in rules], owners)
    # Those that always hold go first, then those with few values: the fewer, the more rows each has.
    for found in sorted(
        determined, key=lambda f: (f.share < 1, -f.share, f.kinds, place.get(f.operand.column, -1))
    ):
        if found.target in rules or _circular(rules, found.target, Rule("", (found.operand,))):
            continue
        numbers = readings.all_rows(Operand(found.target))
        made = tabulate(readings, found, owners, protection.least(numbers, found.target))
        if made is not None:
            rules[found.target] = (made[0],)
    return rules


def _is_safe(readings: Readings, found: Found, protection: Protection) -> bool:
    """Whether what the rule stores of values is known of enough entities."""
    if found.rule.kind != SIGNED or found.rule.keys is None:
        return True
    switch, owners = readings.all_rows(found.rule.operands[2]), protection.entities[readings.name]
    enough = protection.least(switch, found.rule.operands[2].column)
    return all(len(np.unique(owners[visible(switch) == key])) >= enough for key in found.rule.keys)


def _same_relations(found: Sequence[Found]) -> list[list[Found]]:
    """The forms of one relation together; those that can be read best first."""
    groups: dict[frozenset[tuple[str, str | None, bool, str | None]], list[Found]] = {}
    for form in found:
        operands = [*form.rule.operands, Operand(form.target)]
        key = frozenset((o.column, o.key, o.previous, o.part) for o in operands)
        groups.setdefault(key, []).append(form)
    return sorted(groups.values(), key=lambda forms: -max(round(form.legal, 2) for form in forms))


def _circular(rules: Rules, target: str, rule: Rule) -> bool:
    """Whether a column would follow from itself."""
    waiting, seen = depends_on([rule]), set()
    while waiting:
        column = waiting.pop()
        if column == target:
            return True
        if column not in seen:
            seen.add(column)
            waiting |= depends_on(rules.get(column, ()))
    return False


def may_be_missing(readings: Readings, column: str, rules: Sequence[Rule]) -> bool:
    """Whether the column is missing in rows for which its rules would know a value."""
    mine = readings.all_rows(Operand(column))
    operands = {operand for rule in rules for operand in rule.operands}
    known, value = apply(rules, {o: readings.all_rows(o) for o in operands}, len(mine))
    told = known & ~np.isnan(value)
    return bool(told.any() and np.isnan(mine[told]).mean() > 1 - EXACT)


def always_told(readings: Readings, rules: Rules) -> set[str]:
    """The columns that their rules tell in (nearly) all rows."""
    found = set()
    for column, mine in rules.items():
        operands = {operand for rule in mine for operand in rule.operands}
        numbers = {operand: readings.sample(operand) for operand in operands}
        if apply(mine, numbers, len(readings.rows))[0].mean() >= EXACT:
            found.add(column)
    return found


def in_order(columns: Sequence[str], rules: Mapping[str, Sequence[Rule]], told: Container[str]) -> list[str]:
    """The columns, each after those it is computed from, else in the order they had.

    What is ``told`` comes as soon as it can be: those that are drawn see it (the day of the week, say; or the
    distance, which all flights of a route have in common).
    """
    waiting, done = list(columns), []
    while waiting:
        ready = [c for c in waiting if not depends_on(rules.get(c, ())) & set(waiting) - {c}]
        done.append(next((c for c in ready if c in told), ready[0]))
        waiting.remove(done[-1])
    return done
