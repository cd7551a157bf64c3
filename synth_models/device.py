"""Which device to compute on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from synth_models.errors import SettingError

Device = str | torch.device | None


def resolve_device(device: Device = None) -> torch.device:
    """The device to use: the one asked for, else a GPU if there is one, else the CPU.

    Raises:
        SettingError: If the device is not one PyTorch knows, or is not available here.
    """
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        resolved = torch.device(device)
    except RuntimeError as error:
        raise SettingError(f"device: '{device}' is not a device; try 'cpu', 'cuda' or 'cuda:0'.") from error
    if resolved.type == "cuda" and not torch.cuda.is_available():
        raise SettingError(
            f"device: '{device}' was asked for, but PyTorch sees no GPU here. Use 'cpu' or None."
        )
    return resolved


@contextmanager
def few_threads(device: torch.device) -> Iterator[None]:
    """On a CPU, compute with half of the cores and at most four, unless ``OMP_NUM_THREADS`` says otherwise.

    The products of these networks are small: more threads gain little, and wait for each other most of the
    time as soon as anything else runs on the machine (measured: a sixth of the speed on two busy cores).
    """
    before = torch.get_num_threads()
    if device.type == "cpu" and "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, min(4, (os.cpu_count() or 1) // 2, before)))
    try:
        yield
    finally:
        torch.set_num_threads(before)
