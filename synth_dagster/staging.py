"""The parts of a divided table as files: one each, whose name tells what is in it.

Runs that stage different parts at the same time write different files, and no list of them that one could
take from the other: what is staged is what is there, and of each part the newest.
"""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from synth_dagster.facts import DIVISION, TableFacts
from synth_dagster.failure import StaleError
from synth_dagster.location import Location, safe_name
from synth_dagster.retraining import digest
from synth_dagster.warehouse.arrow import cast_reader, framed
from synth_models.data.digests import DIGEST, row_digests

_BETWEEN = "!"  # which no safe name has
_SUFFIX = ".parquet"


def write_staged(rows: pd.DataFrame, path: Path) -> None:
    """Write rows with a digest of each, by which a training knows those that are as they were."""
    rows.assign(**{DIGEST: row_digests(rows)}).to_parquet(path, index=False)


def of_rows(schema: pa.Schema) -> list[str]:
    """The columns of a staged file, but for the digest."""
    return [name for name in schema.names if name != DIGEST]


def streamed(file: pa.NativeFile, columns: list[str]) -> pa.RecordBatchReader:
    """These columns of a staged file as a stream."""
    content = pq.ParquetFile(file)
    schema = pa.schema([content.schema_arrow.field(name) for name in columns])
    return pa.RecordBatchReader.from_batches(
        schema, (batch.select(columns) for batch in content.iter_batches(columns=columns))
    )


@final
@dataclass(frozen=True)
class PartFile:
    """A part that is staged.

    Args:
        part: Which.
        made: When, in nanoseconds.
        version, rows: Of its rows.
        shape: Of the table, when it was staged: columns, types, keys, and how it is divided; and of the file.
        path: Of the file.
    """

    part: str
    made: int
    version: str
    rows: int
    shape: str
    path: Any = field(repr=False)


@final
class StagedParts:
    """The staged parts of one table.

    Args:
        location: Of the store.
        folder: The folder of the table.
        facts: What the table is now; parts that were staged when it was another are not counted.
    """

    def __init__(self, location: Location, folder: Any, facts: TableFacts) -> None:
        self._at, self._folder, self._facts = location, folder, facts
        told = [facts.table, {name: list(sql) for name, sql in facts.sql.items()}]
        self._shape = digest([*told, facts.lineage.get(DIVISION), DIGEST])[:8]

    def stage(self, frame: pd.DataFrame) -> int:
        """Stage the parts that the facts tell, in the order of the rows; returns when, for ``clear``.

        Other parts stay as they are.
        """
        there, made = self._newest(), time.time_ns()
        ends = np.cumsum([rows for _, rows in self._facts.parts.values()])
        with self._at.scratch() as scratch:
            for (part, (version, rows)), end in zip(self._facts.parts.items(), ends, strict=True):
                if part in there and there[part].version == version:
                    continue
                told = (safe_name(part), str(made), safe_name(version), str(rows), self._shape)
                name = f"{_BETWEEN.join(told)}{_SUFFIX}"
                write_staged(frame.iloc[end - rows : end], scratch / name)
                self._at.put(scratch / name, self._folder / name)
        return made

    def clear(self, made: int) -> None:
        """Remove what later files have replaced, and what was staged when the table was another."""
        newest = {one.path.name for one in self._newest().values()}
        for path in self._at.listed(self._folder):
            one = _read(path)
            if one is None or (path.name not in newest and one.made <= made):
                self._at.remove([path])

    def facts(self) -> TableFacts:
        """The facts of the table, with all parts that are staged."""
        return self._told(self._newest().values())

    def frame(self) -> pd.DataFrame:
        """The rows of all parts, with the facts."""
        files = self._newest().values()
        return self._told(files).attach(self._together(files))

    def check_out(self, folder: Path) -> None:
        """Lay the files of the parts that the facts tell out in a new local folder, in their order.

        Raises:
            StaleError: If one of them is not staged any more.
        """
        there = self._newest()
        gone = [p for p, told in self._facts.parts.items() if p not in there or there[p].version != told[0]]
        if gone:
            raise StaleError(
                f"The partitions {gone} of '{self._facts.name}' were read again in this moment. Try again."
            )
        folder.mkdir()
        for number, part in enumerate(self._facts.parts):
            self._at.get(there[part].path, folder / f"{number:09}{_SUFFIX}")

    def batches(self) -> pa.RecordBatchReader:
        """The rows of all parts as a stream."""
        files, columns = list(self._newest().values()), list(self._facts.table["columns"])
        schema = _schema(files, columns)

        def batches() -> Iterator[pa.RecordBatch]:
            for one in files:
                with self._at.opened(one.path) as file:
                    yield from cast_reader(streamed(file, columns), schema)

        return pa.RecordBatchReader.from_batches(schema, batches())

    def _together(self, files: Collection[PartFile]) -> pd.DataFrame:
        tables, columns = [], list(self._facts.table["columns"])
        for one in files:
            with self._at.opened(one.path) as file:
                tables.append(pq.read_table(file, columns=columns).replace_schema_metadata(None))
        return framed(pa.concat_tables(tables, promote_options="permissive"))

    def _told(self, files: Collection[PartFile]) -> TableFacts:
        parts = {one.part: (one.version, one.rows) for one in files}
        return self._facts.divided(parts, **{DIVISION: self._facts.lineage.get(DIVISION)})

    def _newest(self) -> dict[str, PartFile]:
        """The file of each part, by name."""
        found: dict[str, PartFile] = {}
        for one in sorted(self._files(), key=lambda one: (one.part, one.made)):
            if one.shape == self._shape:
                found[one.part] = one
        return found

    def _files(self) -> list[PartFile]:
        return [one for path in self._at.listed(self._folder) if (one := _read(path)) is not None]


def _read(path: Any) -> PartFile | None:
    """What the name of a file tells; None if it is no part."""
    told = path.name.removesuffix(_SUFFIX).split(_BETWEEN)
    if len(told) != 5 or not path.name.endswith(_SUFFIX):
        return None
    part, made, version, rows, shape = told
    return PartFile(unquote(part), int(made), unquote(version), int(rows), shape, path)


def _schema(files: Collection[PartFile], columns: Collection[str]) -> pa.Schema:
    schemas = []
    for one in files:
        with one.path.open("rb") as file:
            there = pq.read_schema(file)
            schemas.append(pa.schema([there.field(name) for name in columns]))
    return pa.unify_schemas(schemas, promote_options="permissive")
