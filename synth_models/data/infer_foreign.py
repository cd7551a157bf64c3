"""Foreign keys, guessed from names and from values that are all in the parent's key."""

from collections.abc import Iterator, Mapping, Sequence

from synth_models.data.infer_facts import KeyFacts, TableFacts, is_telling, leads_to, lost
from synth_models.data.infer_guess import BROKEN, FOREIGN, Guess
from synth_models.data.infer_names import is_people, is_role, named_after, same_key, same_table
from synth_models.data.keys import ORPHAN, find_rows

Tables = Mapping[str, TableFacts]
Keys = Mapping[str, Sequence[str]]

_NAMED = 0.55  # a name that is enough, if the values are there
_UNSEEN = 0.8  # a name that is enough for a column without values
_SURE = 0.98  # as sure as a guess can be
_BROKEN = 0.05  # the share of lost values up to which a key is called broken


def single_links(table: TableFacts, tables: Tables, primary: Keys) -> Iterator[Guess]:
    """For each column at most one parent: of those that have its values, the one it is most named after."""
    people = [name for name in primary if is_people(tables[name].words)]
    for child in table.keys:
        found, broken = [], []
        for parent, columns in primary.items():
            key = tables[parent].columns[columns[0]]
            mirror = _is_mirror(table, tables[parent], primary, [child])
            if len(columns) > 1 or (mirror and named_after(child.name, tables[parent].words) < _UNSEEN):
                continue
            score, why = _name_score(child, table, tables[parent], key, people)
            link = _link(table, child, tables[parent], key, score, why)
            if link is not None:
                size = len(tables[parent].frame)
                (broken if link.what == BROKEN else found).append((link.confidence, -size, link))
        # The more a name says; of equals, the smaller table: its key was the harder to hit.
        yield from (best[-1] for best in [max(found or broken, default=None, key=lambda f: f[:2])] if best)


def composite_links(table: TableFacts, tables: Tables, primary: Keys) -> Iterator[Guess]:
    """Columns named like a composite primary key of another table, whose values are all in it."""
    for parent, columns in primary.items():
        if len(columns) < 2 or parent == table.name:
            continue
        theirs = [tables[parent].columns[column] for column in columns]
        mine = [_namesake(key, table) for key in theirs]
        chosen = [facts for facts in mine if facts is not None]
        if len({facts.column for facts in chosen}) < len(columns) or _is_mirror(
            table, tables[parent], primary, chosen
        ):
            continue
        rows = find_rows(
            [table.frame[facts.column] for facts in chosen],
            [tables[parent].frame[facts.column] for facts in theirs],
        )
        if not (rows == ORPHAN).any() and (rows >= 0).any():
            why = f"named like the primary key of '{parent}', which has all their values"
            yield Guess(table.name, tuple(f.column for f in chosen), FOREIGN, parent, why, 0.8)


def _name_score(
    child: KeyFacts, table: TableFacts, parent: TableFacts, key: KeyFacts, people: Sequence[str]
) -> tuple[float, str]:
    """How much the name of a column says that it is a key to the parent."""
    if parent is table:
        above = same_table(child.name, table.words)
        longer = len(child.name.stem) > len(table.words)
        own = max(named_after(child.name, table.words), same_key(child.name, key.name)) if longer else 0.0
        return max(own, above), "named like a key to its own table"
    scores = [
        (named_after(child.name, parent.words), "named after the table"),
        (same_key(child.name, key.name), "named like its primary key"),
        (0.6 if people == [parent.name] and is_role(child.name) else 0.0, "named after what people do"),
    ]
    return max(scores)


def _link(
    table: TableFacts, child: KeyFacts, parent: TableFacts, key: KeyFacts, score: float, why: str
) -> Guess | None:
    own = parent is table
    if (own and child is key) or (child.form != key.form and len(child.distinct)):
        return None
    if not len(child.distinct):
        return _guess(table, child, parent, f"{why}; it has no values", 0.6) if score >= _UNSEEN else None
    if score < _NAMED:
        if own or child.is_unique or child.name.is_count or not is_telling(child, key):
            return None
        score, why = 0.55, "its name does not say so, but that is hardly an accident"
    elif child.is_unique and named_after(child.name, table.words) >= 0.9:
        return None  # its own key, though another table has keys of that name
    if leads_to(child, key):
        said = f"{why}; its {len(child.distinct)} distinct values are all there"
        return _guess(table, child, parent, said, score)
    gone = lost(child, key)
    if score >= _UNSEEN and gone <= _BROKEN * len(child.distinct):
        said = f"{why}, but {gone} of its {len(child.distinct)} distinct values are not there"
        return Guess(table.name, (child.column,), BROKEN, parent.name, said, score)
    return None


def _guess(table: TableFacts, child: KeyFacts, parent: TableFacts, why: str, confidence: float) -> Guess:
    return Guess(table.name, (child.column,), FOREIGN, parent.name, why, round(min(confidence, _SURE), 2))


def _namesake(key: KeyFacts, table: TableFacts) -> KeyFacts | None:
    """The column of the table that is called like this part of a key, and can be compared with it."""
    for facts in table.columns.values():
        if facts.name.words == key.name.words and facts.form == key.form:
            return facts
    return None


def _is_mirror(table: TableFacts, parent: TableFacts, primary: Keys, mine: Sequence[KeyFacts]) -> bool:
    """Whether the columns are the table's own key as well, and the parent is not the larger table."""
    own = set(primary.get(table.name, ())) == {facts.column for facts in mine}
    return own and len(table.frame) >= len(parent.frame)
