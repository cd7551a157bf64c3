"""Checkpoints on disk: plain data and tensors, written whole or not at all, read without running code."""

import os
import pickle
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from synth_models.errors import CheckpointError

FORMAT = 14
"""The number of the layout of a checkpoint."""


def write_checkpoint(path: Path, content: Mapping[str, Any]) -> None:
    """Write plain data and tensors: to a temporary name first, flushed to disk, then renamed.

    Raises:
        CheckpointError: If the folder cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise CheckpointError(
            f"'{path}' cannot be written: {error.strerror}. Choose another place."
        ) from error
    try:
        with os.fdopen(handle, "wb") as file:
            torch.save({"format": FORMAT, **content}, file)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The content of a checkpoint, on the CPU.

    Raises:
        CheckpointError: If there is no file, or it is not a checkpoint of this format.
    """
    if not path.is_file():
        raise CheckpointError(f"There is no checkpoint at '{path}'. Check the path, or save a model first.")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, OSError, LookupError) as error:
        raise CheckpointError(f"'{path}' is not a checkpoint of this library, or it is damaged.") from error
    found = content.get("format") if isinstance(content, dict) else None
    if found != FORMAT:
        raise CheckpointError(
            f"'{path}' has checkpoint format {found}; this version reads format {FORMAT}. "
            f"Use the version that wrote it, or train again."
        )
    return content
