"""The model from one refresh of the warehouse to the next: kept, gone on with, begun anew, interrupted."""

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from synth_dagster import LocalCompute, ModelSettings, RetrainingSettings, Store, TrainingSettings
from synth_models import load_model

SynthDefs = Callable[..., dg.Definitions]
KEEPING = LocalCompute(device="cpu", threads=1, keep_every_s=0.0)


@dataclass
class Twin:
    """A synthesis whose source and model are materialized again and again."""

    file: Path
    build: SynthDefs
    instance: dg.DagsterInstance
    folder: Path

    @property
    def store(self) -> Store:
        return Store(root=str(self.folder / "store"))

    def run(
        self,
        select: tuple[str, ...] = ("source", "model"),
        config: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> "Run":
        options = {"training": TrainingSettings(n_epochs=5), "compute": KEEPING} | more
        defs = self.build(self.file, **options)
        keys = [s.key for s in defs.resolve_all_asset_specs() if s.key.path[1] in select]
        job = defs.resolve_implicit_global_asset_job_def()
        result = job.execute_in_process(
            instance=self.instance,
            raise_on_error=False,
            asset_selection=keys,
            run_config={"ops": {"shop__model": {"config": dict(config or {})}}},
        )
        return Run(result, "\n".join(entry.message for entry in self.instance.all_logs(result.run_id)))

    def change(self, *statements: str) -> None:
        with duckdb.connect(str(self.file)) as connection:
            for statement in statements:
                connection.execute(statement)

    def kept(self) -> list[Path]:
        """What is kept of unfinished trainings."""
        return list((self.folder / "store" / "unfinished").glob("*"))


@dataclass
class Run:
    result: dg.ExecuteInProcessResult
    log: str

    @property
    def metadata(self) -> dict[str, Any]:
        (event,) = [e for e in self.result.get_asset_materialization_events() if e.asset_key == MODEL]
        return {k: v.value for k, v in event.step_materialization_data.materialization.metadata.items()}

    @property
    def said(self) -> str:
        """What the step that failed says."""
        (event,) = [event for event in self.result.all_events if event.is_step_failure]
        data = event.step_failure_data
        assert data.user_failure_data is not None
        return data.user_failure_data.description or ""


MODEL = dg.AssetKey(["shop", "model"])


@pytest.fixture
def twin(shop_file: Path, synth_defs: SynthDefs, tmp_path: Path) -> Iterator[Twin]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Twin(shop_file, synth_defs, instance, tmp_path)


NEW_USER = (
    "INSERT INTO users SELECT id + 1000, country, age, premium, income, joined FROM users WHERE id % 8 = 0",
    'INSERT INTO orders SELECT id + 10000, "user" + 1000, placed, channel, total FROM orders '
    'WHERE "user" % 8 = 0',
)


def test_a_few_new_rows_make_the_model_go_on(twin: Twin) -> None:
    first = twin.run()
    assert first.metadata["decision"] == "cold"
    twin.change(*NEW_USER)
    parent = twin.store.current("model")
    assert parent is not None
    second = twin.run()
    shown = second.metadata
    assert (shown["decision"], shown["warm runs in a row"]) == ("warm", 1)
    assert shown["reason"].startswith("rows changed in orders, users; mean drift 0.")
    assert "users." in shown["drift by column"] or "orders." in shown["drift by column"]
    assert shown["lineage"]["parent"] == parent.version
    assert shown["families new"] >= 1
    assert shown["families left out"] == 0
    assert "epoch 1/1:" in second.log  # a fifth of five
    assert len(load_model(shown["checkpoint"], "cpu").history) == 6
    assert twin.run().metadata["decision"] == "skip"


def test_replay_reads_a_part_of_what_is_known(twin: Twin) -> None:
    twin.run()
    twin.change(*NEW_USER)
    shown = twin.run(retraining=RetrainingSettings(replay=0.5)).metadata
    assert shown["decision"] == "warm"
    assert 0 < shown["families left out"] < 40
    assert shown["rows trained on"] < 40 * 10


def test_rows_that_moved_far_make_it_begin_anew(twin: Twin) -> None:
    twin.run()
    twin.change("UPDATE users SET age = age + 40, income = income * 9, country = 'X'")
    shown = twin.run().metadata
    assert shown["decision"] == "cold"
    assert shown["largest drift"] > 0.5
    assert "(limit 0.5)" in shown["reason"]


def test_what_only_a_cold_start_can_learn_is_begun_anew(twin: Twin) -> None:
    """A key that never was missing is: no vocabulary can say it."""
    twin.change("UPDATE items SET product = (SELECT min(code) FROM products) WHERE product IS NULL")
    twin.run()
    twin.change("UPDATE items SET product = NULL WHERE id % 3 = 0")
    run = twin.run(retraining=RetrainingSettings(max_mean_drift=1, max_column_drift=1))
    assert run.metadata["decision"] == "cold"
    assert "never was before" in run.metadata["reason"]


def test_force_at_launch_begins_anew(twin: Twin) -> None:
    first = twin.run()
    again = twin.run(config={"force": True})
    assert again.metadata["decision"] == "cold"
    assert again.metadata["checkpoint"] != first.metadata["checkpoint"]


def test_a_training_whose_process_is_killed_goes_on_in_the_retry(twin: Twin) -> None:
    def kill() -> None:
        deadline = time.monotonic() + 300
        while not twin.kept() and time.monotonic() < deadline:
            time.sleep(0.02)
        for pid in workers(twin.folder):
            os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    run = twin.run(
        training=TrainingSettings(n_epochs=8),
        retry_policy=dg.RetryPolicy(max_retries=2, delay=0),
    )
    killer.join()
    assert run.result.success, run.said
    retried = [e for e in run.result.all_events if e.event_type_value == "STEP_UP_FOR_RETRY"]
    assert [e.step_key for e in retried] == ["shop__model"]
    assert "goes on from what an interrupted training has kept" in run.log
    assert run.log.count("epoch 1/8:") <= 1
    assert twin.kept() == []


def workers(folder: Path) -> list[int]:
    """The workers that are at work on this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        if b"synth_dagster.compute.worker" in line and str(folder).encode() in line:
            found.append(int(path.parent.name))
    return found


@pytest.mark.parametrize(
    ("memory_gib", "hidden_units", "said"),
    [
        (0.35, [32], r"not enough memory"),  # whatever breaks first
        (2.0, [40_000, 40_000], r"There was not enough memory \(\w+ after \d+ MiB\)\. Lower batch_size"),
    ],
)
def test_a_training_that_asks_for_too_much_memory_fails_in_words(
    twin: Twin, memory_gib: float, hidden_units: list[int], said: str
) -> None:
    small = LocalCompute(device="cpu", threads=1, memory_gib=memory_gib)
    run = twin.run(compute=small, architecture=ModelSettings(hidden_units=hidden_units))
    assert not run.result.success
    assert re.search(said, run.said)


def test_a_loss_that_is_never_finite_is_not_retried(twin: Twin) -> None:
    run = twin.run(
        training=TrainingSettings(n_epochs=2, lr=1e30, optimizer="SGD"),
        retry_policy=dg.RetryPolicy(max_retries=2, delay=0),
    )
    assert "went back 3 times" in run.said
    assert not [e for e in run.result.all_events if e.event_type_value == "STEP_UP_FOR_RETRY"]
    assert twin.store.current("model") is None


def test_a_gpu_that_is_not_there_is_told_before_any_work(twin: Twin) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    run = twin.run(compute=LocalCompute(device="cuda", threads=1))
    assert "'cuda' was asked for, but PyTorch sees no GPU here" in run.said
    assert "rows:" not in run.log
    assert "computes on the CPU: there is no GPU here" in twin.run(compute=LocalCompute(threads=1)).log
