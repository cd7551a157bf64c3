"""Where a synthesis keeps what it makes: staged tables, checkpoints, reports; on a folder or an fsspec
location.

Layout: ``source/<table>/<version>.parquet`` and ``synthetic/<table>/<version>.parquet``, ``model/<version>/``
and ``report/<version>/``; beside each a small JSON document (``source/<table>.json``, ``model.json``) that
says which version is current. A version becomes current by the replacement of that document, which is the
last thing that is written: whoever dies before leaves the old version current and whole. Divided tables have
a file per part (``staging.py``).
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import dagster as dg
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from synth_dagster.facts import DIVISION, TableFacts
from synth_dagster.failure import StaleError
from synth_dagster.location import UNFINISHED, Location, safe_name
from synth_dagster.staging import StagedParts, of_rows, streamed, write_staged

_TRIES, _PAUSE_S = 20, 0.05


@final
@dataclass(frozen=True)
class Result:
    """A current version of a model or a report.

    Args:
        version: Which.
        info: What was said of it when it was made.
        place: Its folder, for people to read.
    """

    version: str
    info: Mapping[str, Any] = field(repr=False)
    place: str


@final
class Store(dg.ConfigurableResource):
    """A folder (or any location fsspec knows) with one synthesis in it.

    It holds a copy of the source's rows, of the version the model was trained on and no other: protect it
    as you protect the warehouse.
    """

    root: str = Field(
        description="Folder, or URL such as s3://bucket/prefix; the synthesis has it for itself."
    )

    # ---- tables

    def stage(self, kind: str, frame: pd.DataFrame) -> None:
        """Make the frame the current version of its table; its facts are on it (``TableFacts.attach``)."""
        facts = TableFacts.of(frame)
        document = self._document(kind, facts.name)
        if facts.is_divided:
            parts = self._parts(kind, facts)
            made = parts.stage(frame)
            self._at.write(document, facts.divided({}, **{DIVISION: facts.lineage[DIVISION]}).to_dict())
            parts.clear(made)
            return
        target = self._file(kind, facts)
        with self.scratch() as scratch:
            while True:
                write_staged(frame, scratch / target.name)
                self._at.put(scratch / target.name, target)
                self._at.write(document, facts.to_dict())
                self._at.remove(path for path in self._at.listed(target.parent) if path.name != target.name)
                current = self.facts(kind, facts.name)
                if current is None or self._file(kind, current).exists():
                    return  # else another run stages the table too, and one has removed what the other made

    def facts(self, kind: str, table: str) -> TableFacts | None:
        """What is staged of the table, if anything is."""
        raw = self._at.read(self._document(kind, table))
        facts = TableFacts.from_dict(raw) if raw else None
        if facts is None or not facts.is_divided:
            return facts
        staged = self._parts(kind, facts).facts()
        return staged if staged.parts else None

    def facts_of(self, kind: str, tables: Iterable[str], remedy: str) -> dict[str, TableFacts]:
        """What is staged of all these tables.

        Raises:
            StaleError: Naming those that are not staged, with the remedy.
        """
        found = {table: self.facts(kind, table) for table in tables}
        missing = [table for table, facts in found.items() if facts is None]
        if missing:
            raise StaleError(f"Nothing is staged of the {kind} tables {missing}. {remedy}")
        return {table: facts for table, facts in found.items() if facts}

    def frame(self, kind: str, table: str) -> pd.DataFrame:
        """The current version of a table, with its facts.

        Raises:
            StaleError: If there is none.
        """

        def read() -> pd.DataFrame:
            facts = self.facts_of(kind, [table], "Materialize it first.")[table]
            if facts.is_divided:
                return self._parts(kind, facts).frame()
            with self._at.opened(self._file(kind, facts)) as file:
                content = pq.ParquetFile(file)
                rows = content.read(of_rows(content.schema_arrow))
                return facts.attach(rows.to_pandas())

        return _steadily(read)

    def batches(self, kind: str, table: str) -> pa.RecordBatchReader:
        """The current version of a table as a stream, so that not all of it is in memory.

        Raises:
            StaleError: If there is none.
        """
        facts = self.facts_of(kind, [table], "Materialize it first.")[table]
        if facts.is_divided:
            return self._parts(kind, facts).batches()
        path = self._file(kind, facts)
        with path.open("rb") as file:
            there = pq.read_schema(file)
        columns = of_rows(there)
        schema = pa.schema([there.field(name) for name in columns])

        def batches() -> Iterator[pa.RecordBatch]:
            with self._at.opened(path) as file:
                yield from streamed(file, columns)

        return pa.RecordBatchReader.from_batches(schema, batches())

    def check_out(self, folder: Path, staged: Mapping[str, Iterable[TableFacts]]) -> None:
        """Lay staged tables out in a new local folder as ``RelationalData.from_dir`` reads it.

        Args:
            folder: It is made.
            staged: The tables by the kind they are staged as; of divided tables the parts that their facts
                tell, a file each.
        """
        folder.mkdir()
        tables = {}
        for kind, facts in staged.items():
            for one in facts:
                file = f"{safe_name(one.name)}.parquet"
                if one.is_divided:
                    self._parts(kind, one).check_out(folder / file)
                else:
                    self._at.get(self._file(kind, one), folder / file)
                tables[one.name] = {**one.table, "file": file, "rows": one.rows}
        (folder / "schema.json").write_text(json.dumps({"tables": tables}), encoding="utf-8")

    # ---- models and reports

    def commit(self, kind: str, version: str, folder: Path, info: Mapping[str, Any]) -> Result:
        """Make a local folder the current version of a model or a report; the folder is moved."""
        home = self._at.path(kind)
        target = home / safe_name(version)
        if target.exists():  # left by somebody who died before it became current
            self._at.remove([target])
        self._at.put(folder, target)
        self.note(kind, {"version": version, "info": dict(info)})
        self._at.remove(path for path in self._at.listed(home) if path.name != target.name)
        return Result(version, info, str(target))

    def current(self, kind: str) -> Result | None:
        """The current version, if there is one."""
        raw = self.noted(kind)
        return Result(raw["version"], raw["info"], str(self._folder(kind, raw["version"]))) if raw else None

    def fetch(self, kind: str, file: str, folder: Path) -> Path:
        """A file of the current version, brought to a local folder.

        Raises:
            StaleError: If there is no current version.
        """
        current = self.current(kind)
        if current is None:
            raise StaleError(f"There is no {kind} yet. Materialize it first.")
        self._at.get(self._folder(kind, current.version) / file, folder / file)
        return folder / file

    def unfinished(self, version: str) -> dict[str, str]:
        """Where the state of an unfinished training is kept, in the words of a job; those of others go."""
        keep = safe_name(version)
        self._at.remove(path for path in self._at.listed(self._at.path(UNFINISHED)) if path.name != keep)
        return {"root": self.root, "version": version}

    def finished(self) -> None:
        """No training is unfinished any more."""
        self._at.remove(self._at.listed(self._at.path(UNFINISHED)))

    # ---- the rest

    def note(self, name: str, document: Mapping[str, Any]) -> None:
        """Keep a small JSON document."""
        self._at.write(self._at.path() / f"{safe_name(name)}.json", document)

    def noted(self, name: str) -> dict[str, Any] | None:
        """The document of that name, if there is one."""
        return self._at.read(self._at.path() / f"{safe_name(name)}.json")

    def keep(self, name: str, file: Path) -> str:
        """Keep a log; returns its place, for people to read."""
        target = self._at.path("logs") / safe_name(name)
        self._at.put(file, target)
        return str(target)

    def scratch(self) -> AbstractContextManager[Path]:
        """A local folder that is gone afterwards."""
        return self._at.scratch()

    @property
    def _at(self) -> Location:
        return Location(self.root)

    def _folder(self, kind: str, version: str) -> Any:
        return self._at.path(kind) / safe_name(version)

    def _file(self, kind: str, facts: TableFacts) -> Any:
        return self._at.path(kind, facts.name) / f"{safe_name(facts.version)}.parquet"

    def _parts(self, kind: str, facts: TableFacts) -> StagedParts:
        return StagedParts(self._at, self._at.path(kind, facts.name), facts)

    def _document(self, kind: str, table: str) -> Any:
        return self._at.path(kind) / f"{safe_name(table)}.json"


def _steadily(read: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Read; and again if a file was not there, for another run may have replaced it in between."""
    for _ in range(_TRIES):
        with suppress(FileNotFoundError):
            return read()
        time.sleep(_PAUSE_S)
    return read()
