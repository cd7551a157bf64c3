"""A PostgreSQL server of its own for the tests, from the binaries of the Debian package."""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from adbc_driver_postgresql import dbapi
from ports import free_port

PASSWORD = "p'ass word\\!"
"""Of the superuser; with everything that has to be quoted."""


class PostgresServer:
    """Runs until it is stopped; every test has a database of its own."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._folder = Path(tempfile.mkdtemp(prefix="synth-pg-", dir=_quick_disk()))
        self.socket_folder = self._folder
        self.port = free_port()
        self._databases = 0
        # PostgreSQL refuses to run as root.
        self.user: dict[str, Any] = {}
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            self.user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
        self._start()

    def _start(self) -> None:
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        data = self._folder / "data"
        initdb = [self._binaries / "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256"]
        initdb += ["--pwfile", secret, "--no-sync", "-E", "UTF8", "--locale", "C.UTF-8"]
        subprocess.run(initdb, cwd="/", check=True, capture_output=True, timeout=120, **self.user)
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", f"port={self.port}"]
        options += ["-c", f"unix_socket_directories={self._folder}", "-c", "max_connections=20"]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", data, *options],
                cwd="/", stdout=log, stderr=log, **self.user,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            try:
                self.execute("SELECT 1")
                return
            except dbapi.Error:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise RuntimeError((self._folder / "log").read_text()) from None
                time.sleep(0.1)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)  # at once: nothing of it is needed any more
        self._process.wait(60)
        shutil.rmtree(self._folder)

    def settings(self, database: str = "postgres") -> dict[str, Any]:
        """The connection settings of a ``PostgresWarehouse``."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "database": database,
            "user": "postgres",
            "password": PASSWORD,
        }

    def dsn(self, database: str) -> str:
        """The same as one string for libpq."""
        secret = PASSWORD.replace("\\", "\\\\").replace("'", "\\'")
        return f"host=127.0.0.1 port={self.port} user=postgres dbname={database} password='{secret}'"

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """Execute statements, each on its own."""
        with dbapi.connect(self.dsn(database), autocommit=True) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def new_database(self, options: str = "") -> str:
        """A new, empty database; returns its name."""
        self._databases += 1
        name = f"test_{self._databases}"
        self.execute(f"CREATE DATABASE {name} {options}")
        return name


def start() -> PostgresServer:
    """A running server, or a skipped test that says why there is none."""
    binaries = _binaries()
    if not binaries and os.geteuid() == 0 and shutil.which("apt-get"):
        binaries = _install()
    if not binaries:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    return PostgresServer(binaries[-1])


def _install() -> list[Path]:
    """Install it; one process does, and the others wait for it."""
    with (Path(tempfile.gettempdir()) / "synth-install-postgresql.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _binaries():
            install = ["apt-get", "install", "-y", "--no-install-recommends", "postgresql"]
            subprocess.run(install, check=False, capture_output=True, timeout=600)
    return _binaries()


def _quick_disk() -> str | None:
    """Memory as a disk, if there is enough: a database per test is thousands of files."""
    shm = Path("/dev/shm")
    return str(shm) if shm.is_dir() and shutil.disk_usage(shm).free > 4 * 2**30 else None


def _binaries() -> list[Path]:
    found = Path("/usr/lib/postgresql").glob("*/bin")
    return sorted(found, key=lambda path: int(path.parent.name))
