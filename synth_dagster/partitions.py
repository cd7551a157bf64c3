"""Partitions: fact tables that are read, and learned from, day by day, month by month or by name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, final

import dagster as dg
from pydantic import Field

from synth_dagster.warehouse.division import Division, Link

_UNITS: dict[str, Literal["day", "month"]] = {"daily": "day", "monthly": "month"}


@final
class PartitionSettings(dg.Resolvable, dg.Model):
    """Which tables are divided, and how; all others are read whole in every run."""

    by: Literal["daily", "monthly", "names"] = Field(
        default="daily",
        description="daily, monthly: by a time, in UTC. names: by a value; what values there are is told to "
        "Dagster (dynamic partitions), by a sensor or in the UI.",
    )
    start: str | None = Field(
        default=None,
        description="The first day (2026-01-01), of daily and monthly; rows before it are not read.",
    )
    tables: dict[str, str] = Field(
        description="By fact table the column that tells the partition; or the foreign key to another of "
        "these tables, whose rows' partition it is. Rows without one are not read."
    )

    def definition(self, name: str) -> dg.PartitionsDefinition:
        """For the assets of a synthesis."""
        if self.by == "names":
            return dg.DynamicPartitionsDefinition(name=name)
        kind = dg.DailyPartitionsDefinition if self.by == "daily" else dg.MonthlyPartitionsDefinition
        return kind(start_date=datetime.fromisoformat(self.start or ""))

    def before(self) -> dg.PartitionMapping | None:
        """From a partition to the one before; None where there is no order."""
        if self.by == "names":
            return None
        return dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)

    def last(self) -> dg.PartitionMapping | None:
        """From what has no partitions to the last one."""
        return None if self.by == "names" else dg.LastPartitionMapping()

    def faults(self, tables: Mapping[str, object]) -> list[str]:
        """What cannot be, as far as can be told without the warehouse."""
        faults = [
            f"partitions.tables: '{table}' is not among the tables (there are: {', '.join(tables)}). Drop it."
            for table in self.tables
            if table not in tables
        ]
        if not self.tables:
            faults.append("partitions.tables: there are none. Name a table and its column of time.")
        if self.by != "names":
            faults += self._start_faults()
        return faults

    def _start_faults(self) -> list[str]:
        try:
            datetime.fromisoformat(self.start or "")
        except ValueError:
            return [f"partitions.start: '{self.start}' is no date. Write the first day, such as 2026-01-01."]
        return []

    def divisions(self, tables: Mapping[str, Any]) -> tuple[dict[str, Division], list[str]]:
        """How each table is divided, and a sentence for each that cannot be.

        Args:
            tables: Plain data, as ``Schema.to_dict`` says them.
        """
        found: dict[str, Division] = {}
        faults: list[str] = []
        for name in self.tables:
            division = self._division(name, tables)
            if isinstance(division, str):
                faults.append(f"Table '{name}': {division}")
            elif division is not None:
                found[name] = division
        return found, faults

    def _division(self, name: str, tables: Mapping[str, Any]) -> Division | str | None:
        links: list[Link] = []
        while name in tables:
            column = self.tables[name]
            if column not in tables[name]["columns"]:
                return (
                    f"its partitions are to be told by '{column}', which it does not have. Correct the name."
                )
            keys = [key for key in tables[name]["foreign_keys"] if key["column"] == column]
            parent = next((key["parent"] for key in keys if key["parent"] in self.tables), None)
            if parent is None:
                return Division(column, _UNITS.get(self.by), tuple(links))
            if any(link.parent == parent for link in links):
                return "its partitions are told by tables in a circle. Name a column of one of them."
            links.append(Link(column, parent, tables[parent]["primary_key"]))
            name = parent
        return None  # the missing table is a fault already
