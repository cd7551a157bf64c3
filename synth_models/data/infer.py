"""Guess the schema of data that come without one: types, primary keys and foreign keys."""

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from synth_models.columns import COLUMN_TYPES
from synth_models.columns.base import Kind
from synth_models.data.infer_facts import can_hash, facts_of
from synth_models.data.infer_guess import LEFT_OUT, TYPE, Guess, Inference
from synth_models.data.infer_keys import find_keys
from synth_models.data.infer_names import table_words
from synth_models.data.schema import KEY, Column, ForeignKey, Schema, Table
from synth_models.errors import DataError, SchemaError, report_all

_KNOWN = 0.8  # how alike at least the values are to a type that recognises them
SAMPLE = 50_000
"""Rows of a table that the types of its columns are guessed from."""

Keys = Mapping[str, Mapping[str, Any]]
Types = Mapping[str, Mapping[str, Column | str]]


def infer(
    frames: Mapping[str, pd.DataFrame],
    keys: Keys | None = None,
    types: Types | None = None,
    *,
    sample: int = SAMPLE,
) -> Inference:
    """A schema that fits the data, with the reason for each guess.

    Args:
        frames: A data frame per table.
        keys: What is known of the keys, by table: ``primary_key`` (a column, several, or None for none) and
            ``foreign_keys`` (all there are: ``ForeignKey``, ``{"column", "parent"}``, or a mapping of columns
            to parents). What is not said is guessed.
        types: What is known of the types, by table and column. A column that is declared to be anything but
            a key is not taken for one.
        sample: Rows of each table that types are guessed from; keys are guessed from all rows.

    Raises:
        DataError: If there is no table, or one has no rows, no columns or ambiguous names of columns.
        SchemaError: If ``keys`` or ``types`` name what is not there, or contradict each other.

    Example:
        >>> from synth_models.testing import shop
        >>> found = infer(dict(shop()))
        >>> [(key.name, key.parent) for key in found.schema.tables["items"].foreign_keys]
        [('order', 'orders'), ('product', 'products')]
    """
    keys, types = keys or {}, types or {}
    _check_frames(frames)
    _check_names(frames, keys, types)
    names = {name: list(map(str, frame)) for name, frame in frames.items()}
    told = {name: {c: _column(t) for c, t in types.get(name, {}).items()} for name in frames}
    guessed = {name: _types(name, frame, told[name], sample) for name, frame in frames.items()}
    words = table_words(list(frames))
    tables = {
        name: facts_of(name, words[name], frame, _times(told[name], guessed[name]), _content(told[name]))
        for name, frame in frames.items()
    }
    found = find_keys(tables, keys)
    made = {
        name: _table(columns, told[name], guessed[name], found.primary[name], found.foreign.get(name, []))
        for name, columns in names.items()
    }
    used = [
        guess
        for name, guesses in guessed.items()
        for column, guess in guesses.items()
        if guess.what == LEFT_OUT or made[name].columns[column].type == guess.value
    ]
    guesses = sorted([*found.guesses, *used], key=lambda guess: list(names).index(guess.table))
    return Inference(Schema(made), tuple(guesses))


def _types(name: str, frame: pd.DataFrame, told: Mapping[str, Column], sample: int) -> dict[str, Guess]:
    """The type of every column of which none is told; those that fit none are to be left out."""
    few = frame.iloc[:: -(-len(frame) // max(sample, 1))]
    return {c: _type(name, c, frame[c], few[c]) for c in map(str, frame) if c not in told}


def _type(name: str, column: str, values: pd.Series, few: pd.Series) -> Guess:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what pandas says of texts that are no dates may quote them
        scores = {kind: _likeness(kind, few) for kind in COLUMN_TYPES.names()}
        # A column of lists, say: only a type that knows them will do, though anything might be a category.
        least = 0 if can_hash(values) else _KNOWN
        for kind in sorted(scores, key=lambda kind: -scores[kind]):
            if scores[kind] > least and not COLUMN_TYPES.get(kind).faults(values):
                return Guess(name, (column,), TYPE, kind, "by its values", scores[kind])
    return Guess(name, (column,), LEFT_OUT, "", "its values fit no type of column", 1.0)


def _likeness(kind: str, values: pd.Series) -> float:
    try:
        return COLUMN_TYPES.get(kind).likeness(values)
    except (ArithmeticError, TypeError, ValueError):  # objects that it cannot even look at
        return 0.0


def _times(told: Mapping[str, Column], guesses: Mapping[str, Guess]) -> frozenset[str]:
    """The columns that hold points in time."""
    kinds = {column: spec.type for column, spec in told.items() if spec.type != KEY}
    kinds |= {column: guess.value for column, guess in guesses.items() if guess.what == TYPE}
    return frozenset(column for column, kind in kinds.items() if COLUMN_TYPES.get(kind).kind is Kind.TIME)


def _content(told: Mapping[str, Column]) -> frozenset[str]:
    return frozenset(column for column, spec in told.items() if spec.type != KEY)


def _table(
    names: Iterable[str],
    told: Mapping[str, Column],
    guessed: Mapping[str, Guess],
    primary: tuple[str, ...],
    foreign: list[ForeignKey],
) -> Table:
    # The further columns of a composite key are content, such as the day in (store, day).
    single = {key.columns[0] for key in foreign if len(key.columns) == 1} | set(
        primary if len(primary) == 1 else ()
    )
    columns: dict[str, Column | str] = {}
    for column in names:
        if column in told:
            columns[column] = told[column]
        elif column in single:
            columns[column] = KEY
        elif guessed[column].what == TYPE:
            columns[column] = guessed[column].value
    return Table(columns, primary or None, foreign)


def _column(kind: Column | str) -> Column:
    return kind if isinstance(kind, Column) else Column(kind)


def _check_frames(frames: Mapping[str, pd.DataFrame]) -> None:
    faults = [] if frames else ["There is no table. Give a data frame for each."]
    for name, frame in frames.items():
        twice = sorted({str(column) for column in frame.columns[frame.columns.duplicated()]})
        if not all(isinstance(column, str) for column in frame.columns):
            faults.append(f"Table '{name}': not all of its columns have a text as name. Rename them.")
        elif twice:
            faults.append(f"Table '{name}': it has the column {twice} more than once. Rename the repeats.")
        elif not len(frame.columns):
            faults.append(f"Table '{name}': it has no columns. Leave it out.")
        elif not len(frame):
            faults.append(
                f"Table '{name}': it has no rows, so nothing can be guessed. Fill it, or leave it out."
            )
    report_all(DataError, "The schema cannot be inferred", faults)


def _check_names(frames: Mapping[str, pd.DataFrame], keys: Keys, types: Types) -> None:
    faults = [
        f"Table '{name}': it is named in {what}, but there is no such data frame (there are: "
        f"{', '.join(sorted(frames))}). Correct the name."
        for what, said in (("keys", keys), ("types", types))
        for name in said
        if name not in frames
    ]
    faults += [
        f"Table '{name}': column '{column}' is named in types, but the data do not have it. Correct the name."
        for name in types.keys() & frames.keys()
        for column in types[name]
        if column not in frames[name]
    ]
    unknown = {name: sorted(set(said) - {"primary_key", "foreign_keys"}) for name, said in keys.items()}
    faults += [
        f"Table '{name}': keys has '{entry}' (there are: primary_key, foreign_keys). Correct its spelling."
        for name, entries in unknown.items()
        for entry in entries
    ]
    report_all(SchemaError, "The schema cannot be inferred", faults)
