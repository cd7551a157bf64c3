"""The skeleton of a data set in a folder: the keys of all rows and a digest of each, without the rest.

It tells which rows make a family and which have changed, so that families are chosen by it, and of the files
no more is read than the rows chosen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

import numpy as np

from synth_models.data.digests import DIGEST, row_digests
from synth_models.data.folder import read_folder, read_schema
from synth_models.data.relational import RelationalData
from synth_models.data.schema import KEY, Column, Schema, Table
from synth_models.data.split import Draw, Families, family_rows, rows_by_key


@final
@dataclass(frozen=True)
class Skeleton:
    """Rows of a folder by what tells their families.

    Args:
        folder: Where the rows are.
        families: For every table the foreign key that makes its families; None for the roots.
        keys: The rows' keys and digests, as a data set of their own.
        rows: By table where in the files the rows are, ascending; (rows,) int64.
    """

    folder: Path
    families: Families
    keys: RelationalData = field(repr=False)
    rows: Mapping[str, np.ndarray] = field(repr=False)

    @classmethod
    def read(cls, folder: Path, families: Families) -> "Skeleton":
        """All rows of a folder. Tables whose files have no column ``DIGEST`` are read whole to make it.

        Raises:
            DataError: As ``RelationalData.from_dir``, for keys.
        """
        whole = read_schema(folder)
        asked = {name for name in whole.tables if families[name] is None or whole.children(name)}
        schema = Schema({name: _bare(table, name in asked) for name, table in whole.tables.items()})
        frames, _ = read_folder(folder, schema)
        bare = [name for name, frame in frames.items() if DIGEST not in frame]
        for name in bare:
            rows, _ = read_folder(folder, Schema({name: _alone(whole.tables[name])}))
            frames[name] = frames[name].assign(**{DIGEST: row_digests(rows[name])})
        keys = RelationalData(frames, schema)
        return cls(folder, families, keys, {name: np.arange(rows) for name, rows in keys.n_rows.items()})

    @property
    def n_rows(self) -> dict[str, int]:
        """Rows by table."""
        return self.keys.n_rows

    def split(self, ratio: float, seed: int) -> tuple["Skeleton", "Skeleton"]:
        """Two parts by whole families; the key of its root alone decides on which side one is."""
        first, second = rows_by_key(self.keys, self.families, ratio, seed)
        return self._taken(first), self._taken(second)

    def begun(self, draw: Draw) -> "Skeleton":
        """The families that begin with the rows drawn, with everything that all families share."""
        return self._taken(family_rows(self.keys, self.families, draw))

    def load(self) -> RelationalData:
        """The rows, read from the files; tables may be without any."""
        frames, schema = read_folder(self.folder, rows=self.rows)
        return RelationalData(frames, schema, allow_empty=True)

    def of(self, whole: RelationalData) -> RelationalData:
        """The rows, taken from all those of the folder."""
        return whole.take(self.rows)

    def _taken(self, kept: Mapping[str, np.ndarray]) -> "Skeleton":
        rows = {name: self.rows[name][mask] for name, mask in kept.items()}
        return Skeleton(self.folder, self.families, self.keys.take(kept), rows)


def _bare(table: Table, asked: bool) -> Table:
    """The table with its keys and the digest alone; its primary key only if anything asks for it."""
    keys = {*table.linked, *(table.key_columns if asked else ())}
    columns = {name: column for name, column in table.columns.items() if name in keys}
    return Table({**columns, DIGEST: Column(KEY)}, table.primary_key if asked else None, table.foreign_keys)


def _alone(table: Table) -> Table:
    """The table without its keys to others."""
    return Table(table.columns, table.primary_key)
