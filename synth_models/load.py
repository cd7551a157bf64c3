"""Reading a saved model."""

from pathlib import Path

import torch

from synth_models.checkpoint import read_checkpoint
from synth_models.device import Device, resolve_device
from synth_models.errors import CheckpointError, UnknownNameError
from synth_models.models import graph as graph
from synth_models.models import multilevel as multilevel
from synth_models.models.model import MODELS as MODELS
from synth_models.models.model import Model


def load_model(ckpt_path: str | Path = Path("out/model.pt"), device: Device = None) -> Model:
    """The model of a checkpoint, ready to sample from and to train on.

    Args:
        ckpt_path: Where it was saved.
        device: Where to put its parameters; None takes a GPU if there is one.

    Raises:
        CheckpointError: If there is no checkpoint, or it is damaged or of another format.
    """
    content, there = read_checkpoint(Path(ckpt_path)), resolve_device(device)
    try:
        return MODELS.get(content["model"]).from_checkpoint(content, there)
    except torch.OutOfMemoryError:
        raise
    except (KeyError, TypeError, RuntimeError, UnknownNameError) as error:
        raise CheckpointError(
            f"'{ckpt_path}' does not fit this version of the library: parts are missing or of another shape. "
            f"Use the version that wrote it, or train again."
        ) from error
