"""One side of a comparison in plain form: numbers and times as floats, everything else as labels."""

from collections.abc import Mapping
from functools import cached_property
from typing import final

import numpy as np
import pandas as pd

from synth_models.columns import COLUMN_TYPES
from synth_models.columns.base import Kind
from synth_models.data.entities import entities
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema
from synth_models.data.topology import family_keys


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

    @cached_property
    def families(self) -> dict[str, str | None]:
        """For every table the key that makes its families; None for the roots."""
        return family_keys(self.data)

    @cached_property
    def entities(self) -> dict[str, np.ndarray]:
        """For every row of every table whose it is: the number of its root row; see ``data.entities``."""
        return entities(self.data, self.families)

    def kinds(self, table: str) -> dict[str, Kind]:
        """How each content column of the table is compared."""
        spec = self.schema.tables[table]
        return {name: COLUMN_TYPES.get(spec.columns[name].type).kind for name in spec.features}

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
    return COLUMN_TYPES.get(column_type).measure(values)
