"""What is trained on, and what is held out for the report."""

from collections.abc import Mapping
from typing import Any

from synth_models.data.skeleton import Skeleton

FAMILY_KEYS = "family keys"
"""In a checkpoint's lineage: by table the key that makes the families it was trained on, and goes on with."""


def divide(staged: Skeleton, training: Mapping[str, Any]) -> tuple[Skeleton, Skeleton | None]:
    """What is trained on, and what is held out: the same parts in every job.

    A family stays on its side whatever other rows come: none that a model has seen is ever held out when it
    goes on, or the privacy scores would be too good or too bad.
    """
    if not training["holdout"]:
        return staged, None
    return staged.split(1 - training["holdout"], training["seed"])
