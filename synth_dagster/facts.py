"""What is known of a staged table; it travels with its data frame, and is stored beside it."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, final

import pandas as pd

from synth_dagster.failure import StaleError
from synth_dagster.retraining import digest
from synth_dagster.warehouse.base import WarehouseColumn, WarehouseKey, WarehouseTable
from synth_models.data.schema import KEY

_ATTR = "synth"
PARTS = "parts"
"""In the lineage of a divided table: version and rows of every part, in the order of the rows."""
DIVISION = "division"
"""In the lineage of a divided table: how it is divided."""


@final
@dataclass(frozen=True, kw_only=True)
class TableFacts:
    """What a staged table is.

    Args:
        name: Of the table.
        version: Of its rows: the same rows have the same version.
        rows: How many there are.
        table: Columns, types and keys, as ``Schema.to_dict`` says them of a table.
        sql: The columns' types in the warehouse, as (type, nullable).
        lineage: What the rows came from.
    """

    name: str
    version: str
    rows: int
    table: Mapping[str, Any]
    sql: Mapping[str, tuple[str, bool]]
    lineage: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain data; ``from_dict`` is the inverse."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "TableFacts":
        """What ``to_dict`` said."""
        sql = {name: (str(kind), bool(nullable)) for name, (kind, nullable) in raw["sql"].items()}
        return cls(**{**raw, "sql": sql})

    def attach(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Write the facts on the frame."""
        frame.attrs[_ATTR] = self.to_dict()
        return frame

    @classmethod
    def of(cls, frame: pd.DataFrame) -> "TableFacts":
        """The facts on a frame.

        Raises:
            StaleError: If there are none.
        """
        raw = frame.attrs.get(_ATTR)
        if not raw:
            raise StaleError(
                "This data frame does not say which table it is. Use one that the synthesis made."
            )
        return cls.from_dict(raw)

    @property
    def parts(self) -> dict[str, tuple[str, int]]:
        """Version and rows of every part of a divided table, in the order of the rows; of others none."""
        return {part: (version, rows) for part, (version, rows) in self.lineage.get(PARTS, {}).items()}

    @property
    def is_divided(self) -> bool:
        """Whether the table has parts, though none of them may be there."""
        return PARTS in self.lineage

    def divided(self, parts: Mapping[str, tuple[str, int]], **lineage: Any) -> "TableFacts":
        """The facts of a table with these parts, and what else its rows came from."""
        return replace(
            self,
            version=digest({part: version for part, (version, _) in parts.items()}),
            rows=sum(rows for _, rows in parts.values()),
            lineage={PARTS: {part: list(told) for part, told in parts.items()}, **lineage},
        )

    def taken(self, parts: Collection[str]) -> "TableFacts":
        """The facts of these parts alone, of a divided table; of others all."""
        if not self.parts:
            return self
        chosen = {part: told for part, told in self.parts.items() if part in parts}
        return self.divided(chosen, **{DIVISION: self.lineage.get(DIVISION)})

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        primary = self.table.get("primary_key")
        return (primary,) if isinstance(primary, str) else tuple(primary or ())

    def warehouse_table(self) -> WarehouseTable:
        """How the table is to be declared where it is published."""
        columns = {
            c: WarehouseColumn(self.sql[c][0], None if spec["type"] == KEY else spec["type"], self.sql[c][1])
            for c, spec in self.table["columns"].items()
        }
        keys = tuple(
            WarehouseKey(
                (k["column"],) if isinstance(k["column"], str) else tuple(k["column"]), k["parent"], ()
            )
            for k in self.table["foreign_keys"]
        )
        return WarehouseTable(columns, self.key_columns, keys)
