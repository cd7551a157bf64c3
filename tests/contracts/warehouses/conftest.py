"""The backends that keep the contract of warehouses, each with an empty place of its own per test."""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from postgres_server import PASSWORD, PostgresServer

from synth_dagster.warehouse import WAREHOUSES, Warehouse

BACKENDS = ("duckdb", "postgres", "parquet", "csv", "remote", "sqlite", "sqlalchemy-postgres")


@dataclass(frozen=True)
class Backend:
    """A backend under test.

    Args:
        name: As the tests call it.
        type: As YAML calls it.
        settings: What it is made with.
        shares: Whether it can be read while it is written.
        durations: Whether it knows time spans (else they are microseconds).
        empty_texts: Whether an empty text is not the same as a missing one.
        circles: Whether it can declare foreign keys that make a circle.
    """

    name: str
    type: str
    settings: dict[str, Any]
    shares: bool = True
    durations: bool = True
    empty_texts: bool = True
    circles: bool = True

    def warehouse(self, **settings: Any) -> Warehouse:
        return WAREHOUSES.get(self.type)(**(self.settings | settings))


@dataclass
class Places:
    """Makes backends."""

    request: pytest.FixtureRequest
    folder: Path
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    def new(self, name: str, folder: Path | None = None) -> Backend:
        """A backend with nothing in it; files of it are in the folder."""
        at = (folder or self.folder) / uuid4().hex
        if name == "duckdb":
            # One writer keeps all readers out; a test does not wait for it.
            settings = {"database": f"{at}.duckdb", "wait_s": 1}
            return Backend(name, "duckdb", settings, shares=False, circles=False)
        if name in ("parquet", "csv"):
            return Backend(name, "folder", {"path": str(at), "format": name}, empty_texts=name != "csv")
        if name == "remote":
            return Backend(name, "folder", {"path": f"memory://{uuid4().hex}/tables"})
        if name == "sqlite":
            return Backend(name, "sqlalchemy", {"url": f"sqlite:///{at}.db"}, durations=False)
        server: PostgresServer = self.request.getfixturevalue("postgres")
        database = self._database_on(server, at) if folder else server.new_database()
        if name == "postgres":
            return Backend(name, "postgres", server.settings(database))
        url = f"postgresql+psycopg://postgres@127.0.0.1:{server.port}/{database}"
        return Backend(name, "sqlalchemy", {"url": url, "password": PASSWORD}, durations=False)

    def _database_on(self, server: PostgresServer, at: Path) -> str:
        space = f"space_{at.name}"
        subprocess.run(["install", "-d", "-o", "postgres", str(at)], check=True)
        server.execute(f"CREATE TABLESPACE {space} LOCATION '{at}'")
        database = server.new_database(f"TABLESPACE {space}")
        drop = f"DROP DATABASE {database} WITH (FORCE)", f"DROP TABLESPACE {space}"
        self.afterwards.append(lambda: server.execute(*drop))
        return database


@pytest.fixture
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    return Places(request, tmp_path)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, places: Places) -> Backend:
    """Each backend, with nothing in it."""
    return places.new(str(request.param))


@pytest.fixture
def small_disk(tmp_path_factory: pytest.TempPathFactory, places: Places) -> Iterator[Path]:
    """A disk of a few megabytes."""
    folder = tmp_path_factory.mktemp("disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m,mode=0777", "tmpfs", str(folder)],
        check=False, capture_output=True,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip("only root, with the right to mount, can make a small disk")
    for above in folder.parents:
        if above.name.startswith(("pytest-", "popen-")):
            above.chmod(0o755)  # the server runs as another user
    try:
        yield folder
    finally:
        for done in places.afterwards:
            done()
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
