"""One side of a comparison in plain form: numbers and times as floats, everything else as labels."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema


class Kind(StrEnum):
    """How a column is compared."""

    NUMBER = "number"
    TIME = "time"
    LABEL = "label"
    TEXT = "text"

    @property
    def is_measure(self) -> bool:
        """Whether the values are floats (numbers, or times in seconds)."""
        return self in (Kind.NUMBER, Kind.TIME)


_KINDS = {
    "integer": Kind.NUMBER,
    "numeric": Kind.NUMBER,
    "date": Kind.TIME,
    "datetime": Kind.TIME,
    "boolean": Kind.LABEL,
    "categorical": Kind.LABEL,
    "text": Kind.TEXT,
}
_TRUE = frozenset({"true", "t", "yes", "y", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})
_POINT_ZERO = re.compile(r"^-?\d+\.0$")


@final
class Side:
    """The content columns of every table, made comparable: the same value looks the same on both sides.

    Args:
        data: The tables.
    """

    def __init__(self, data: RelationalData) -> None:
        self.data = data
        self.schema: Schema = data.schema
        self._tables: dict[str, pd.DataFrame] = {}

    @property
    def n_rows(self) -> Mapping[str, int]:
        """Rows by table."""
        return self.data.n_rows

    @property
    def links(self) -> Mapping[tuple[str, str], np.ndarray]:
        """For every (table, foreign key column) the row of the parent, -1 where the key is missing."""
        return self.data.links

    def kinds(self, table: str) -> dict[str, Kind]:
        """How each content column of the table is compared."""
        spec = self.schema.tables[table]
        return {name: _KINDS[spec.columns[name].type] for name in spec.features}

    def columns(self, table: str) -> dict[str, Kind]:
        """The content columns that statistics are made of: all but text."""
        return {name: kind for name, kind in self.kinds(table).items() if kind is not Kind.TEXT}

    def table(self, table: str) -> pd.DataFrame:
        """The columns of ``columns``: floats with NaN, or text objects with None; one row per row."""
        if table not in self._tables:
            frame, spec = self.data[table], self.schema.tables[table]
            self._tables[table] = pd.DataFrame(
                {name: plain(frame[name], spec.columns[name].type) for name in self.columns(table)},
                index=pd.RangeIndex(len(frame)),
            )
        return self._tables[table]

    def sample(self, table: str, rows: int, seed: int) -> pd.DataFrame:
        """At most so many rows of ``table``, drawn with the seed; the index tells which rows they are."""
        return sample(self.table(table), rows, seed)


def sample(frame: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """At most so many rows, drawn with the seed and kept in order."""
    return frame if len(frame) <= rows else frame.sample(rows, random_state=seed).sort_index()


def plain(values: pd.Series, column_type: str) -> pd.Series:
    """A column of the declared type as floats (numbers; times in seconds since 1970) or labels.

    What cannot be read as its type becomes missing.
    """
    kind = _KINDS[column_type]
    if kind is Kind.NUMBER:
        return pd.Series(_numbers(values), dtype="float64")
    if kind is Kind.TIME:
        return pd.Series(_seconds(values), dtype="float64")
    return pd.Series(_labels(values, boolean=column_type == "boolean"), dtype=object)


def _numbers(values: pd.Series) -> np.ndarray:
    numbers = pd.to_numeric(values, errors="coerce").astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _seconds(values: pd.Series) -> np.ndarray:
    if not pd.api.types.is_datetime64_any_dtype(values):
        values = pd.to_datetime(values, errors="coerce", format="mixed", utc=True)
    if values.dt.tz is not None:
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    moments = values.to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(moments), np.nan, moments.astype(np.int64) / 1e6)


def _labels(values: pd.Series, *, boolean: bool) -> np.ndarray:
    codes, uniques = pd.factorize(values)
    names = np.array([*(_label(value, boolean) for value in uniques), None], dtype=object)
    return names[codes]


def _label(value: Any, boolean: bool) -> str:
    text = str(value)
    if _POINT_ZERO.match(text):
        text = text[:-2]
    if boolean and text.lower() in _TRUE:
        return "true"
    if boolean and text.lower() in _FALSE:
        return "false"
    return text
