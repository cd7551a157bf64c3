"""Which device to compute on."""

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
