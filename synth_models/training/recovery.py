"""What a training needs to go on after its process has died, and the file that holds it."""

import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, final

import torch

from synth_models.checkpoint import read_checkpoint, write_checkpoint
from synth_models.errors import CheckpointError

EVERY_S = 60.0
"""Seconds between two writings, if nobody says otherwise."""


@final
class Unfinished:
    """The file that a training goes on from if it was interrupted.

    Args:
        path: Where it is kept while the training lasts.
        every_s: At most how often it is written.
        on_write: Called whenever it has been written, and when it was read.

    Example:
        >>> Unfinished("out/unfinished.pt").read({}) is None  # there is no such file
        True
    """

    def __init__(
        self,
        path: str | Path,
        *,
        every_s: float = EVERY_S,
        on_write: Callable[[Path], None] | None = None,
    ) -> None:
        self.path = Path(path)
        self._every_s, self._on_write = every_s, on_write
        self._written = time.monotonic()

    @classmethod
    def of(cls, given: "Unfinished | str | Path | None") -> "Unfinished | None":
        """The file itself or its path, as a parameter may be."""
        return cls(given) if isinstance(given, str | Path) else given

    def read(self, training: Mapping[str, Any]) -> dict[str, Any] | None:
        """The state to go on from; None if there is none.

        Args:
            training: What is trained on and how: plain data.

        Raises:
            CheckpointError: If the file is damaged, or belongs to another training.
        """
        if not self.path.exists():
            return None
        content = read_checkpoint(self.path)
        if content.get("training") != training:
            raise CheckpointError(
                f"'{self.path}' belongs to an unfinished training on other data or with other settings. "
                f"Go on with those, or remove the file."
            )
        return content["state"]

    @property
    def due(self) -> bool:
        """Whether it is time to write."""
        return time.monotonic() - self._written >= self._every_s

    def write(self, state: Mapping[str, Any], training: Mapping[str, Any]) -> None:
        """Replace the file, whole or not at all."""
        write_checkpoint(self.path, {"training": training, "state": state})
        self._written = time.monotonic()
        if self._on_write is not None:
            self._on_write(self.path)

    def remove(self) -> None:
        """The training has ended."""
        self.path.unlink(missing_ok=True)


def random_state(device: torch.device) -> dict[str, Any]:
    """Where PyTorch's own random numbers are (of dropout)."""
    cuda = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    return {"cpu": torch.get_rng_state(), "cuda": cuda}


def set_random_state(state: Mapping[str, Any], device: torch.device) -> None:
    """Go on where ``random_state`` was."""
    torch.set_rng_state(state["cpu"])
    if state["cuda"] is not None and device.type == "cuda":
        torch.cuda.set_rng_state(state["cuda"], device)


def copied(state: Any) -> Any:
    """A copy of plain data and tensors that later steps do not change."""
    if isinstance(state, torch.Tensor):
        return state.clone()  # deepcopy takes five times as long, for every one of hundreds of tensors
    if isinstance(state, Mapping):
        return {key: copied(value) for key, value in state.items()}
    if isinstance(state, list):
        return [copied(value) for value in state]
    return deepcopy(state)


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether a GPU or this machine had no memory left for a step."""
    said = str(error)
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and ("can't allocate memory" in said or "not enough memory" in said)
    )
