"""A shop staged in a store as source and as synthetic, without any model."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from synth_dagster import DuckDBWarehouse, Store, SynthTranslator, TableSpec
from synth_dagster.assets.source import take_snapshot
from synth_dagster.facts import TableFacts
from synth_dagster.synthesis import Synthesis

TABLES = ("users", "products", "orders", "items")


@pytest.fixture
def synthesis() -> Synthesis:
    tables = {table: TableSpec() for table in TABLES}
    return Synthesis(name="shop", tables=tables, keep=["products"], translator=SynthTranslator("shop"))


class Shelf:
    """A store in which the synthetic tables can be changed."""

    def __init__(self, store: Store, frames: dict[str, pd.DataFrame], keep: Sequence[str]) -> None:
        self.store, self.frames, self._samples = store, frames, 0
        self._kept = {table: TableFacts.of(frames[table]).version for table in keep}
        for frame in frames.values():
            store.stage("source", frame)
        self.change()

    def change(self, *tables: str, **columns: Any) -> None:
        """Stage the source's rows as a new sample, those of these tables with other columns."""
        self._samples += 1
        for table in self.frames.keys() - self._kept.keys():
            self.stage(table, **(columns if table in tables else {}))

    def stage(self, table: str, **columns: Any) -> None:
        """Stage a table of the newest sample alone."""
        frame = self.frames[table]
        changed = frame.assign(**columns)
        given = {
            **TableFacts.of(frame).to_dict(),
            "version": f"sample {self._samples}",
            "rows": len(changed),
            "lineage": {"kept": self._kept},
        }
        self.store.stage("synthetic", TableFacts.from_dict(given).attach(changed))

    def another_sample(self, table: str) -> None:
        """Stage a table alone of a sample that is not that of the others."""
        self._samples += 1
        self.stage(table)


@pytest.fixture
def shelf(shop_file: Path, tmp_path: Path, synthesis: Synthesis) -> Shelf:
    frames = take_snapshot(DuckDBWarehouse(database=str(shop_file)), synthesis)
    return Shelf(Store(root=str(tmp_path / "store")), frames, synthesis.keep)
