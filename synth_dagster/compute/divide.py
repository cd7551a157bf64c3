"""What is trained on, and what is held out for the report."""

from collections.abc import Mapping
from typing import Any

from synth_models.data.relational import RelationalData


def divide(data: RelationalData, training: Mapping[str, Any]) -> tuple[RelationalData, RelationalData | None]:
    """What is trained on, and what is held out: the same parts in every job.

    A family stays on its side whatever other rows come: none that a model has seen is ever held out when it
    goes on, or the privacy scores would be too good or too bad.
    """
    if not training["holdout"]:
        return data, None
    return data.split(1 - training["holdout"], seed=training["seed"], by_key=True)
