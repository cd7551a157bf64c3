"""The synthetic tables as the launchpad asks for them: other sizes, another mode."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from synth_dagster import Store, TrainingSettings

SynthDefs = Callable[..., dg.Definitions]
MADE = ("users", "products", "orders", "items")


def test_sizes_and_the_mode_come_from_the_launchpad(
    shop_file: Path, synth_defs: SynthDefs, tmp_path: Path
) -> None:
    defs = synth_defs(shop_file, keep=[], training=TrainingSettings(n_epochs=1, holdout=0.0))
    job, store = defs.resolve_implicit_global_asset_job_def(), Store(root=str(tmp_path / "store"))
    keys = {s.key for s in defs.resolve_all_asset_specs()}

    with dg.DagsterInstance.ephemeral() as instance:

        def run(roles: set[str], **config: Any) -> dg.ExecuteInProcessResult:
            return job.execute_in_process(
                instance=instance,
                asset_selection=[key for key in keys if key.path[1] in roles],
                run_config={"ops": {"shop__synthetic": {"config": config}}} if config else None,
            )

        def made(**config: Any) -> dict[str, pd.DataFrame]:
            told = run({"synthetic"}, **config).get_asset_materialization_events()
            rows = {
                event.asset_key.path[-1]: event.materialization.metadata["dagster/row_count"].value
                for event in told
                if event.asset_key
            }
            frames = {table: store.frame("synthetic", table) for table in MADE}
            assert rows == {table: len(frame) for table, frame in frames.items()}
            return frames

        run({"source", "model"})
        source = {table: store.frame("source", table) for table in MADE}
        sized = made(scale=0.5, n_samples={"users": 12})
        assert len(sized["users"]) == 12
        for table in ("orders", "items"):
            assert len(sized[table]) == pytest.approx(len(source[table]) / 2, abs=1)
        clamped = made(mode="original_fks")
        for child, key in (("orders", "user"), ("items", "order")):
            mine, theirs = (frames[child][key].value_counts().tolist() for frames in (clamped, source))
            assert mine == theirs
        assert not clamped["users"]["age"].equals(source["users"]["age"])
