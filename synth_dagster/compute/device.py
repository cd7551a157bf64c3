"""What a job computes on, and how: settled before any data are read."""

from collections.abc import Callable, Mapping
from typing import Any

AUTO = "auto"


def prepare(compute: Mapping[str, Any], say: Callable[[str], None]) -> str:
    """Set threads and precision, and say what is computed on.

    Args:
        compute: The settings of ``LocalCompute``.
        say: Takes a line for the log.

    Returns:
        The device, as PyTorch calls it.

    Raises:
        SettingError: If a GPU is asked for and there is none.
    """
    import torch

    from synth_models.device import resolve_device

    if compute["threads"] is not None:
        torch.set_num_threads(compute["threads"])
    torch.set_float32_matmul_precision("highest" if compute["precision"] == "fp32" else "high")
    asked = compute["device"]
    device = resolve_device(None if asked == AUTO else asked)
    if device.type == "cuda":
        found = torch.cuda.get_device_properties(device)
        say(f"computes on {device} ({found.name}, {found.total_memory // 2**20:,} MiB)")
    elif asked in (None, AUTO):
        say("computes on the CPU: there is no GPU here")
    else:
        say(f"computes on {device}")
    return str(device)
