"""What is known of a training, in words."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any


def library_version() -> str:
    """The version of this library."""
    try:
        return version("synth-dagster")
    except PackageNotFoundError:
        return "unknown"


def told(info: Mapping[str, Any], seed: int) -> dict[str, str]:
    """What the first page of a report says of the model.

    Args:
        info: As of ``Model.info``.
        seed: What the synthetic data were sampled with.
    """
    return {
        "Model": str(info["model"]),
        "Trained on": f"{sum(info['rows'].values()):,} rows of {len(info['rows'])} tables",
        "Epochs": str(info["epochs"]),
        "Training time": f"{info['seconds']:.0f} s on {info['device']}",
        "Seeds": f"training {info['seed']}, sampling {seed}",
        "Version": str(info["version"]),
    }
