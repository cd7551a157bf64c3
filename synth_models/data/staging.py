"""Folders that are written as a whole or not at all."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def staged_folder(folder: Path, seal: str, stale: Iterable[str] = ()) -> Iterator[Path]:
    """A folder to write in, which becomes ``folder`` when the block ends well, and vanishes when it does not.

    A new folder appears by one rename. In a folder that exists the files are replaced one by one, the
    ``seal`` removed before the first and put in place after the last: a folder with a seal is whole.

    Args:
        folder: Where the files belong.
        seal: The file that says that the others are complete.
        stale: Files of ``folder`` to remove unless they are written anew; all others stay.
    """
    exists = folder.exists()
    stage = (folder if exists else folder.absolute().parent) / f".{folder.name}-{uuid4().hex[:8]}"
    stage.mkdir(parents=True)
    try:
        yield stage
        if exists:
            _replace(folder, stage, seal, set(stale))
        else:
            stage.rename(folder)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _replace(folder: Path, stage: Path, seal: str, stale: set[str]) -> None:
    (folder / seal).unlink(missing_ok=True)
    new = {file.name for file in stage.iterdir()}
    for name in sorted(new - {seal}):
        (stage / name).replace(folder / name)
    for name in stale - new:
        (folder / name).unlink(missing_ok=True)
    (stage / seal).replace(folder / seal)
