"""The rows of a divided table: the parts that have changed are read, the others are as they are staged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, final

import pandas as pd
import pyarrow as pa

from synth_dagster.facts import DIVISION, TableFacts
from synth_dagster.retraining import digest
from synth_dagster.warehouse.arrow import arrow_schema, arrow_type, cast_reader, to_frame, to_reader
from synth_dagster.warehouse.base import BATCH_ROWS, Contents, WarehouseColumn, WarehouseReader
from synth_dagster.warehouse.division import Division
from synth_models.columns import COLUMN_TYPES
from synth_models.data.schema import KEY

_NONE = Contents(0, "none")


@final
class DividedTable:
    """A table of a warehouse whose rows fall into parts.

    Args:
        name: Of the table.
        table: Columns, types and keys, as ``Schema.to_dict`` says them.
        columns: The columns as the warehouse declares them.
        division: How it is divided.
    """

    def __init__(
        self,
        name: str,
        table: Mapping[str, Any],
        columns: Mapping[str, WarehouseColumn],
        division: Division,
    ) -> None:
        self._name, self._table, self._columns, self._division = name, table, columns, division

    def read(
        self, reader: WarehouseReader, wanted: Sequence[str], staged: pd.DataFrame | None
    ) -> pd.DataFrame:
        """The rows of these parts, part by part, with their facts.

        Args:
            reader: Of the warehouse.
            wanted: The parts.
            staged: What is staged of the table.
        """
        found = reader.parts(self._name, list(self._columns), self._division)
        now = {part: found.get(part, _NONE) for part in wanted}
        known = self._known(staged)
        kinds = {name: column.kind for name, column in self._columns.items()}

        def batches() -> Iterator[pa.RecordBatch]:
            for part, contents in now.items():
                if part in known and known[part][0] == contents:
                    kept = to_reader(known[part][1], list(kinds), BATCH_ROWS)
                    yield from cast_reader(kept, arrow_schema(kinds))
                elif contents.rows:
                    yield from reader.batches(self._name, self._columns, part=(self._division, part))

        frame = to_frame(kinds, batches())
        facts = TableFacts(
            name=self._name,
            version="",
            rows=0,
            table=self._table,
            sql={name: (column.sql, column.nullable) for name, column in self._columns.items()},
        ).divided(
            {part: (contents.version, contents.rows) for part, contents in now.items()},
            **{DIVISION: digest(asdict(self._division))},
            read=[part for part in now if part not in known or known[part][0] != now[part]],
        )
        return facts.attach(frame)

    def _known(self, staged: pd.DataFrame | None) -> dict[str, tuple[Contents, pd.DataFrame]]:
        """The parts that are staged, with their rows; none if the table is another one now."""
        if staged is None or self._is_converted():
            return {}
        facts = TableFacts.of(staged)
        sql = {name: (column.sql, column.nullable) for name, column in self._columns.items()}
        if facts.table != self._table or dict(facts.sql) != sql:
            return {}
        known, start = {}, 0
        for part, (version, rows) in facts.parts.items():
            known[part] = Contents(rows, version), staged.iloc[start : start + rows]
            start += rows
        return known

    def _is_converted(self) -> bool:
        """Whether a column is staged as something else than it is read as: words that are numbers, times."""
        return any(
            spec["type"] != KEY
            and COLUMN_TYPES.get(spec["type"]).kind.is_measure
            and pa.types.is_string(arrow_type(self._columns[name].kind))
            for name, spec in self._table["columns"].items()
        )
