"""A shop staged in a store as source and as synthetic, without any model."""

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

    def __init__(self, store: Store, frames: dict[str, pd.DataFrame]) -> None:
        self.store, self.frames, self._changes = store, frames, 0

    def change(self, table: str, **columns: Any) -> None:
        """Stage the source's rows with other columns as the synthetic table."""
        self._changes += 1
        frame = self.frames[table]
        facts = TableFacts.of(frame)
        changed = frame.assign(**columns)
        given = {**facts.to_dict(), "version": f"changed {self._changes}", "rows": len(changed)}
        self.store.stage("synthetic", TableFacts.from_dict(given).attach(changed))


@pytest.fixture
def shelf(shop_file: Path, tmp_path: Path, synthesis: Synthesis) -> Shelf:
    store = Store(root=str(tmp_path / "store"))
    frames = take_snapshot(DuckDBWarehouse(database=str(shop_file)), synthesis)
    for table, frame in frames.items():
        store.stage("source", frame)
        if table not in synthesis.keep:
            store.stage("synthetic", frame)
    return Shelf(store, frames)
