"""Primary keys, guessed from names, places and values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from math import comb

from synth_models.data.infer_facts import KeyFacts, TableFacts, leads_to, repeats
from synth_models.data.infer_guess import PRIMARY, Guess
from synth_models.data.infer_names import named_after
from synth_models.data.schema import ForeignKey

_SURE_ENOUGH = 0.5
_HALF_NAMED = 0.7  # one word of the table's name
_MOST_COLUMNS = 4
_MOST_TRIED = 60  # sets of columns of one size


def single_key(table: TableFacts, tables: Mapping[str, TableFacts]) -> Guess | None:
    """The column that identifies the rows of a table, if its name, place or use says so."""
    scored = [(*_score(facts, table, tables), facts) for facts in table.keys if _can_be_key(facts)]
    best = max(scored, key=lambda found: (found[0], -found[2].place), default=None)
    if best is None or best[0] < _SURE_ENOUGH:
        return None
    return Guess(table.name, (best[2].column,), PRIMARY, "", f"unique, {best[1]}", best[0])


def further_key(
    table: TableFacts, links: Sequence[ForeignKey], tables: Mapping[str, TableFacts]
) -> Guess | None:
    """The primary key of a table without a column of its own for it, once its foreign keys are known.

    The pair of keys of a link table; else the only key of a row that belongs to a row of another table; else
    the fewest columns that are unique together: foreign keys first, then times, codes and leading columns.
    """
    linked = [link.columns[0] for link in links if len(link.columns) == 1]
    if _is_link(table, links, tables) and not repeats(table.frame, linked) and _filled(table, linked):
        return Guess(table.name, tuple(linked), PRIMARY, "", "its foreign keys, unique together", 0.9)
    alone = [column for column in linked if _can_be_key(table.columns[column])]
    for link in links:
        if link.columns[0] in alone:
            named = set(tables[link.parent].words) <= set(table.words)
            if named or table.columns[link.columns[0]].place == 0:
                why = f"unique: at most one row for each of '{link.parent}'"
                return Guess(table.name, link.columns, PRIMARY, "", why, 0.7)
    return None if alone else _together(table, linked)


def _can_be_key(facts: KeyFacts) -> bool:
    return facts.is_unique and facts.is_short


def _score(facts: KeyFacts, table: TableFacts, tables: Mapping[str, TableFacts]) -> tuple[float, str]:
    """How much a unique column looks like the primary key, and why."""
    own = named_after(facts.name, table.words)
    others = max((named_after(facts.name, t.words) for t in tables.values() if t is not table), default=0.0)
    if facts.name.is_bare:
        return 0.97, "and its name says that it is a key"
    if others > max(own, _HALF_NAMED):
        return 0.0, "but named after another table"
    if own >= _HALF_NAMED:
        return min(own, 0.98), "and named after its table"
    if used := _uses(facts, table, tables):
        return 0.9, f"and '{used}' has a column of that name whose values are all here"
    return _first(facts) if facts.place == 0 else (own, "and its name is short for that of its table")


def _first(facts: KeyFacts) -> tuple[float, str]:
    """The same for a first column that is not named after a table."""
    if facts.name.is_key:
        return 0.75, "and the first column, and its name says that it is a key"
    if facts.is_code:
        return 0.6, "and the first column, of texts of one word"
    return (0.6, "and the first column, which counts the rows") if facts.is_serial else (0.0, "")


def _uses(facts: KeyFacts, table: TableFacts, tables: Mapping[str, TableFacts]) -> str | None:
    """A table that has a column of the same name with repeated values, all of which are here."""
    for other in tables.values():
        for theirs in other.keys if other is not table else ():
            same = theirs.name.words == facts.name.words and not theirs.is_unique and len(theirs.distinct)
            if same and (facts.place == 0 or facts.is_code) and leads_to(theirs, facts):
                return other.name
    return None


def _is_link(table: TableFacts, links: Sequence[ForeignKey], tables: Mapping[str, TableFacts]) -> bool:
    """Whether the table only says which rows of others belong together."""
    linked = {column for link in links for column in link.columns}
    named = {word for link in links for word in tables[link.parent].words}
    return len(links) > 1 and (
        linked == set(table.columns) or (len(links) == 2 and named == set(table.words))
    )


def _filled(table: TableFacts, columns: Iterable[str]) -> bool:
    return not any(table.columns[column].missing for column in columns)


def _together(table: TableFacts, linked: Collection[str]) -> Guess | None:
    costs = _parts(table, linked)
    for size in range(2, _MOST_COLUMNS + 1):
        if comb(len(costs), size) > _MOST_TRIED:
            costs = dict(sorted(costs.items(), key=lambda part: part[1])[:8])
        for columns in sorted(combinations(costs, size), key=lambda parts: sum(costs[p] for p in parts)):
            tells = [c for c in columns if c in linked or table.columns[c].name.may_be_key]
            if (tells or set(columns) & table.times) and not repeats(table.frame, list(columns)):
                confidence = round(0.9 - 0.1 * sum(costs[column] for column in columns), 2)
                if confidence >= _SURE_ENOUGH:
                    return Guess(
                        table.name, columns, PRIMARY, "", "unique together, no fewer are", confidence
                    )
    return None


def _parts(table: TableFacts, linked: Collection[str]) -> dict[str, float]:
    """The columns that may be part of a key, in their order, and what each costs."""
    costs: dict[str, float] = {}
    leading = True
    for name, facts in table.columns.items():
        cost = 0.0 if name in linked else 1.0 if name in table.times or facts.name.may_be_key else None
        if cost is None and leading and facts.is_short and not facts.name.is_count:
            cost = 1.5
        leading &= cost is not None
        usable = not facts.missing and (facts.is_short or name in table.times)
        if cost is not None and usable and repeats(table.frame, [name]):
            costs[name] = cost
    return costs
