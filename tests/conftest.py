"""What several tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import postgres_server
import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # a process of several: each has a core, and its children share it
    os.environ.setdefault("OMP_NUM_THREADS", "1")

DATA_SETS = (
    "berka_loan354",
    "chinook",
    "completejourney",
    "mutagenesis",
    "northwind",
    "nycflights_jan",
    "rossmann_top100_subsampled",
    "sakila",
    "uw_cse",
    "walmart_subsampled",
)
LONGEST = (
    "tests/end_to_end/test_daemon.py",
    "tests/end_to_end/test_unattended.py",
    "tests/end_to_end/test_ui.py",
    "tests/end_to_end/test_pipeline.py",
    "tests/synth_dagster/assets/test_model.py",
    "tests/synth_models/report/test_odd_data.py",
    "tests/synth_models/models/test_learning_on.py",
    "tests/synth_models/report/test_compute.py",
    "tests/synth_models/models/test_graph.py",
    "tests/end_to_end/test_canary.py",
    "tests/end_to_end/test_demo_postgres.py",
    "tests/synth_models/report/test_sanity.py",
    "tests/synth_models/models/test_public_shapes.py",
    "tests/contracts/warehouses/test_faults.py",
    "tests/synth_models/models/test_multilevel.py",
    "tests/synth_models/report/test_write.py",
    "tests/truths/test_levels.py",
    "tests/synth_models/training/test_recovery.py",
    "tests/end_to_end/test_dg.py",
    "tests/synth_models/training/test_trainer.py",
    "tests/contracts/warehouses/test_contract.py",
    "tests/synth_dagster/test_partitions.py",
    "tests/synth_models/report/test_evaluator.py",
    "tests/synth_dagster/assets/test_report.py",
    "tests/synth_models/data/test_infer.py",
    "tests/synth_models/models/test_documented_options.py",
    "tests/end_to_end/test_at_once.py",
    "tests/synth_models/models/test_schema_shapes.py",
    "tests/contracts/warehouses/test_pipeline.py",
    "tests/test_readme.py",
    "tests/truths/test_hubs.py",
    "tests/truths/test_balances.py",
)
"""The files that take longest, the longest first."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One file is not worth several processes: it begins at once, and stops at breakpoints."""
    files = {argument.partition("::")[0] for argument in config.args}
    return 0 if len(files) == 1 and files.pop().endswith(".py") else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Beside other processes, long files come first: at the end, none is left alone with one of them."""
    if hasattr(config, "workerinput"):
        place = {file: number for number, file in enumerate(LONGEST)}
        items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))


@pytest.fixture(params=DATA_SETS)
def data_set(request: pytest.FixtureRequest) -> Path:
    """The folder of each public data set, where the environment says they are."""
    folder = os.environ.get("SYNTH_DATA_DIR")
    if not folder:
        pytest.skip("SYNTH_DATA_DIR is not set: it is the folder that holds the public data sets")
    return Path(folder) / str(request.param)


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.PostgresServer]:
    """A PostgreSQL server for the tests of this session."""
    server = postgres_server.start()
    try:
        yield server
    finally:
        server.stop()
