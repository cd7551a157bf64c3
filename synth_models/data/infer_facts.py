"""What a column's values say about whether it can be, or point at, a key."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
import pandas as pd

from synth_models.data.infer_names import Name, Words, without_prefix
from synth_models.data.keys import ORPHAN, find_rows

_LONGEST_KEY = 64  # characters: a SHA-256 in hexadecimal digits
_SMALLEST = 3  # distinct values from which on texts tell something
_CHANCE = -6.0  # log10 of the chance below which numbers are not there by accident


@final
@dataclass(frozen=True)
class KeyFacts:
    """A column as a candidate for a key.

    Args:
        column: Its name as it is.
        name: Its name as it is read.
        form: ``whole`` (numbers), ``text``, or ``none`` of these: the values that can be compared as keys.
        rows: How many there are.
        missing: How many are missing.
        distinct: Every value once.
        place: Its place among the columns of the table.
    """

    column: str
    name: Name
    form: str
    rows: int
    missing: int
    distinct: pd.Series
    place: int

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.rows > 0 and not self.missing and len(self.distinct) == self.rows

    @cached_property
    def is_short(self) -> bool:
        """Whether the values are whole numbers or short texts."""
        if self.form != "text":
            return self.form == "whole"
        return bool(self.distinct.str.len().max() <= _LONGEST_KEY)

    @cached_property
    def is_code(self) -> bool:
        """Whether the values are texts of one word."""
        return self.form == "text" and self.is_short and not self.distinct.str.contains(r"\s").any()

    @cached_property
    def is_serial(self) -> bool:
        """Whether the values count the rows, in their order."""
        if self.form != "whole" or not self.is_unique:
            return False
        numbers = self.distinct.to_numpy(dtype="float64")
        return bool((np.diff(numbers) == 1).all())


@final
@dataclass(frozen=True)
class TableFacts:
    """A table whose keys are sought.

    Args:
        name: Its name as it is.
        words: Its name as it is read.
        frame: Its rows.
        columns: What is known of every column.
        times: The columns that hold points in time.
        content: The columns that are said to be no keys of their own (they may be part of one).
    """

    name: str
    words: Words
    frame: pd.DataFrame
    columns: Mapping[str, KeyFacts]
    times: frozenset[str]
    content: frozenset[str]

    @property
    def keys(self) -> list[KeyFacts]:
        """The columns that may be keys of their own."""
        return [f for f in self.columns.values() if f.form != "none" and f.column not in self.content]


def facts_of(
    name: str, words: Words, frame: pd.DataFrame, times: frozenset[str], content: frozenset[str]
) -> TableFacts:
    """What is known of a table and its columns."""
    short = without_prefix(frame.columns)
    columns = {
        column: _facts(column, Name(short[column]), frame[column], place)
        for place, column in enumerate(frame.columns)
    }
    return TableFacts(name, words, frame, columns, times, content)


def leads_to(child: KeyFacts, parent: KeyFacts) -> bool:
    """Whether every value of the child is one of the parent's."""
    if not len(child.distinct):
        return True
    if child.form != parent.form or len(child.distinct) > len(parent.distinct):
        return False
    return not (find_rows([child.distinct], [parent.distinct]) == ORPHAN).any()


def lost(child: KeyFacts, parent: KeyFacts) -> int:
    """How many distinct values of the child are not among the parent's."""
    return int((find_rows([child.distinct], [parent.distinct]) == ORPHAN).sum())


def is_telling(child: KeyFacts, parent: KeyFacts) -> bool:
    """Whether it is no accident that the child's values are among the parent's, whatever the names are.

    Small whole numbers are in every key that counts from 1; texts of a few characters, and numbers between
    which the parent has few others, are not.
    """
    values = len(child.distinct)
    if values < _SMALLEST or child.form != "whole":
        return values >= _SMALLEST and bool(child.distinct.str.len().mean() >= 2)
    mine, theirs = child.distinct.to_numpy(dtype="float64"), parent.distinct.to_numpy(dtype="float64")
    least, greatest = mine.min(), mine.max()
    density = ((theirs >= least) & (theirs <= greatest)).sum() / (greatest - least + 1)
    return bool(density) and values * np.log10(density) < _CHANCE


def repeats(frame: pd.DataFrame, columns: list[str]) -> bool:
    """Whether two rows are the same in these columns; the first rows are looked at first."""
    head = frame[columns].head(20_000)
    return bool(head.duplicated().any()) or bool(frame.duplicated(columns).any())


def _facts(column: str, name: Name, values: pd.Series, place: int) -> KeyFacts:
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype if not values.isna().any() else object)
    form = _form(values)
    missing = int(values.isna().sum())
    distinct = values.dropna().drop_duplicates() if form != "none" else values.iloc[:0]
    if form == "maybe":
        kind = pd.api.types.infer_dtype(distinct)
        form = {"string": "text", "integer": "whole", "empty": "text"}.get(kind, "none")
    if form == "text":
        distinct = distinct.astype(object)
    return KeyFacts(column, name, form, len(values), missing, distinct.reset_index(drop=True), place)


def _form(values: pd.Series) -> str:
    """The form as far as the dtype tells; ``maybe`` for objects whose values can be hashed."""
    dtype = values.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return "none"
    if pd.api.types.is_integer_dtype(dtype):
        return "whole"
    if pd.api.types.is_float_dtype(dtype):
        numbers = values.dropna().to_numpy(dtype="float64")
        return "whole" if (np.abs(numbers) < 2**53).all() and (numbers % 1 == 0).all() else "none"
    if not (pd.api.types.is_object_dtype(dtype) or pd.api.types.is_string_dtype(dtype)):
        return "none"
    return "maybe" if can_hash(values) else "none"


def can_hash(values: pd.Series) -> bool:
    """Whether the values can be counted: lists and the like cannot."""
    try:
        values.unique()
    except TypeError:
        return False
    return True
