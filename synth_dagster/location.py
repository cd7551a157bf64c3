"""A folder, or any location fsspec knows: files come into it whole, and JSON documents last."""

import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, final
from urllib.parse import quote
from uuid import uuid4

import pyarrow as pa
from upath import UPath

from synth_dagster.failure import WarehouseError

_SCRATCH = ".scratch"
UNFINISHED = "unfinished"
"""The folder with what an interrupted training goes on from."""


@final
class Location:
    """Where a store keeps its files.

    Args:
        root: A folder, or a URL such as ``s3://bucket/prefix``.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        path = UPath(root)
        self._base: Any = Path(str(path)).absolute() if isinstance(path, Path) else path

    def path(self, *parts: str) -> Any:
        """The path of these parts, each made safe for a file's name: a ``Path`` or a ``UPath``."""
        path = self._base
        for part in parts:
            path = path / safe_name(part)
        return path

    def file(self, relative: str) -> Any:
        """The path of a file by its path below the root, as documents of the location name it."""
        return self._base / relative

    def put(self, local: Path, target: Any) -> None:
        """Move a local file or folder there: on a local disk in one step.

        Raises:
            WarehouseError: If the location cannot be written.
        """
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(target, Path):
                local.replace(target)
            elif local.is_dir():
                for file in sorted(path for path in local.rglob("*") if path.is_file()):
                    target.fs.put_file(str(file), (target / file.relative_to(local).as_posix()).path)
            else:
                target.fs.put_file(str(local), target.path)
        except OSError as error:
            raise WarehouseError(
                f"The location '{self.root}' cannot be written ({type(error).__name__}: {error.strerror}). "
                f"Check its rights and the room that is left."
            ) from None

    def get(self, source: Any, local: Path) -> None:
        """Bring a file there to a local place."""
        if not isinstance(source, Path):
            source.fs.get_file(source.path, str(local))
            return
        try:
            # A link is enough: files of a store are replaced, never written again.
            os.link(source, local)
        except OSError:
            shutil.copyfile(source, local)

    @contextmanager
    def opened(self, source: Any) -> Iterator[pa.NativeFile]:
        """A file there for Arrow to read; what is not on a local disk is brought there for as long.

        Arrow gets no file of Python's: its threads may let go of one when the interpreter is already ending,
        and abort the process (https://github.com/apache/arrow/issues/34314).

        Raises:
            FileNotFoundError: If it is not there.
        """
        if isinstance(source, Path):
            with pa.OSFile(str(source), "rb") as file:
                yield file
            return
        with self.scratch() as scratch:
            local = scratch / source.name
            self.get(source, local)
            with pa.OSFile(str(local), "rb") as file:
                yield file

    def write(self, target: Any, document: Mapping[str, Any]) -> None:
        """Write a JSON document, whole or not at all."""
        with self.scratch() as scratch:
            written = scratch / "document.json"
            with written.open("w", encoding="utf-8") as file:
                json.dump(document, file)
                file.flush()
                os.fsync(file.fileno())
            self.put(written, target)

    def read(self, target: Any) -> dict[str, Any] | None:
        """A JSON document, or None if there is none."""
        try:
            return json.loads(target.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def remove(self, paths: Iterable[Any]) -> None:
        """Remove files and folders."""
        for path in list(paths):
            if not isinstance(path, Path):
                with suppress(FileNotFoundError):  # somebody else has removed it
                    path.fs.rm(path.path, recursive=True)
            elif path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def listed(self, folder: Any) -> list[Any]:
        """What is in a folder at this moment; nothing if there is none."""
        if not isinstance(folder, Path):
            folder.fs.invalidate_cache(folder.path)  # other processes write there too
        return list(folder.iterdir()) if folder.exists() else []

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A local folder that is gone afterwards; what killed processes left behind is cleared away first.

        Raises:
            WarehouseError: If the location cannot be written.
        """
        local = isinstance(self._base, Path)
        home = self._base / _SCRATCH if local else Path(tempfile.gettempdir()) / "synth-dagster"
        try:
            home.mkdir(parents=True, exist_ok=True)
            _clear(home)
            folder = home / f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise WarehouseError(
                f"The folder '{home}' cannot be written ({type(error).__name__}: {error.strerror}). "
                f"Check its rights and the room that is left."
            ) from None
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def safe_name(name: str) -> str:
    """A name as a file may have it: no separators, not hidden."""
    plain = quote(name, safe=" -_()+,=@")
    return "%2E" + plain[1:] if plain.startswith(".") else plain


def _clear(home: Path) -> None:
    """Remove the scratch folders of processes of this machine that are no more."""
    host = socket.gethostname()
    for folder in home.iterdir():
        owner, _, _ = folder.name.removeprefix(f"{host}-").partition("-")
        if folder.name.startswith(f"{host}-") and owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
