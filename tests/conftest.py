"""What several tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import postgres_server
import pytest

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
