"""What names say: which table a column is named after, and whether it is named like a key."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

Words = tuple[str, ...]


def _these(words: str) -> frozenset[str]:
    return frozenset(words.split())


_KEY_WORDS = _these("id key code no nr num number uuid guid pk fk sk ref")
_RELATIONS = _these("to by via of")  # reports_to, created_by: what follows is another row
_COUNTS = _these("count n num number total sum min max avg mean qty quantity")
_LAYERS = _these("tbl table dim dimension fact fct stg staging raw src data dataset t")
_ABOVE = _these("parent predecessor previous prev successor next reply replied report")
_PEOPLE = _these("employee staff person user member worker personnel")
_ROLES = _these(
    "manager supervisor boss leader head rep representative agent owner author creator editor assignee "
    "reviewer approver seller salesperson created updated modified approved assigned owned"
)
_PLURALS = {"people": "person", "children": "child", "men": "man", "women": "woman"}


def words_of(text: str) -> Words:
    """The words of a name in lower case and singular, without numbers.

    Example:
        >>> words_of("OrderDetails"), words_of("original_language_id"), words_of("atom2_id")
        (('order', 'detail'), ('original', 'language', 'id'), ('atom', 'id'))
    """
    return tuple(_singular(word) for word in _split(text))


def table_words(names: Sequence[str]) -> dict[str, Words]:
    """The words of each table's name, without its schema, layers (``dim_``) and words that all have."""
    split = {name: words_of(name.rpartition(".")[2] or name) for name in names}
    shared = set.intersection(*map(set, split.values())) if len(split) > 2 else set[str]()
    return {
        name: tuple(w for w in words if w not in shared and w not in _LAYERS) or words
        for name, words in split.items()
    }


@final
@dataclass(frozen=True)
class Name:
    """The name of a column.

    Args:
        text: As it is written, without a prefix that all columns of its table have.

    Example:
        >>> Name("manager_staff_id").stem, Name("createdBy").stem, Name("quantity").is_key
        (('manager', 'staff'), ('created',), False)
    """

    text: str

    @cached_property
    def words(self) -> Words:
        """See ``words_of``."""
        return words_of(self.text)

    @cached_property
    def stem(self) -> Words:
        """The words without those that only say that it is a key."""
        words = self.words
        while words and words[-1] in _KEY_WORDS | _RELATIONS:
            words = words[:-1]
        while words and words[0] in _KEY_WORDS - _COUNTS:
            words = words[1:]
        return words

    @property
    def is_key(self) -> bool:
        """Whether a word says that it is a key."""
        return len(self.stem) < len(self.words)

    @property
    def may_be_key(self) -> bool:
        """Whether a word, or the end of one, says that it is a key: ``orderkey``."""
        return self.is_key or len(self.stems) > 1

    @property
    def is_bare(self) -> bool:
        """Whether it says that it is a key, and not of what."""
        return self.is_key and not self.stem

    @cached_property
    def is_count(self) -> bool:
        """Whether it rather is a number of things: ``num_orders``, ``orders``."""
        raw = _split(self.text)
        return (
            not self.is_key
            and bool(raw)
            and (bool(_COUNTS & {raw[0], raw[-1]}) or _singular(raw[-1]) != raw[-1])
        )

    @cached_property
    def stems(self) -> tuple[tuple[Words, bool], ...]:
        """Every reading of the stem, and whether a word says that it is a key: ``custkey`` has two."""
        if self.is_key or not self.words:
            return ((self.stem, self.is_key),)
        *first, last = self.words
        glued = [
            last[: -len(end)] for end in sorted(_KEY_WORDS) if last.endswith(end) and len(last) > len(end) + 2
        ]
        return ((self.stem, False), *(((*first, rest), True) for rest in glued))


def named_after(column: Name, table: Words) -> float:
    """How much a column is named after a table, 0 to 1.

    Example:
        >>> named_after(Name("user_id"), ("user",)), named_after(Name("o_custkey"), ("customer",))
        (1.0, 0.6)
        >>> named_after(Name("user_name"), ("user",)), named_after(Name("num_users"), ("user",))
        (0.0, 0.0)
    """
    return 0.0 if column.is_count else max(_fit(stem, table, is_key) for stem, is_key in column.stems)


def same_key(column: Name, key: Name) -> float:
    """How much a column is named like a primary key, 0 to 1: ``home_team_id`` like ``team_id``."""
    mine, theirs = column.words, key.words
    if not theirs or key.is_bare or len(mine) < len(theirs):
        return 0.0
    if mine == theirs:
        return 0.95
    if column.is_count:
        return 0.0
    if mine[-len(theirs) :] == theirs:
        return 0.9 if key.is_key else 0.7
    return 0.8 if key.is_key and mine[: len(theirs)] == theirs else 0.0


def same_table(column: Name, table: Words) -> float:
    """How much a column is named like a key to its own table: ``parent_id``, ``reports_to``."""
    return 0.7 if _ABOVE & set(column.words) or (is_role(column) and is_people(table)) else 0.0


def is_role(column: Name) -> bool:
    """Whether the column is named after what a person does: ``created_by``, ``support_rep_id``."""
    return column.is_key and bool(_ROLES & set(column.stem))


def is_people(table: Words) -> bool:
    """Whether the rows of a table of that name are people who do things."""
    return bool(_PEOPLE & set(table))


def without_prefix(columns: Iterable[str]) -> dict[str, str]:
    """The names of the columns of a table without a short prefix that all have (``l_orderkey``)."""
    names = list(columns)
    heads = {name.partition("_")[0] for name in names if "_" in name.strip("_")}
    if (
        len(names) > 2
        and len(heads) == 1
        and all("_" in n.strip("_") for n in names)
        and len(min(heads)) <= 3
    ):
        return {name: name.partition("_")[2] for name in names}
    return {name: name for name in names}


def _split(text: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    return [word.casefold() for word in re.findall(r"[^\W\d_]+", spaced)]


def _singular(word: str) -> str:
    if word in _PLURALS:
        return _PLURALS[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return word[:-2]
    return (
        word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word
    )


def _fit(stem: Words, table: Words, is_key: bool) -> float:
    if not stem or not table:
        return 0.0
    if stem == table or "".join(stem) == "".join(table):
        return 1.0 if is_key else 0.9
    if stem[-len(table) :] == table:
        return 0.9 if is_key else 0.7
    if not is_key:
        return 0.0
    if table[-len(stem) :] == stem or table[: len(stem)] == stem:
        return 0.7
    ends = stem[-len(table) :]
    return 0.6 if len(ends) == len(table) and all(map(_shortens, ends, table)) else 0.0


def _shortens(short: str, word: str) -> bool:
    """Whether it is the word or an abbreviation of it: ``cust``, ``dept``."""
    if short == word:
        return True
    letters = iter(word)
    return (
        3 <= len(short) < len(word)
        and short[0] == word[0]
        and (word.startswith(short) or (len(short) <= 4 and all(letter in letters for letter in short)))
    )
