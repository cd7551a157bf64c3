"""How to train."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import torch

from synth_models.columns.base import MIN_COUNT
from synth_models.errors import SettingError, report_all


@final
@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """How to train; sizes are rows of the root tables.

    Args:
        n_epochs: Epochs at most; None for as many as the amount of data asks for.
        batch_size: Root rows per step at most (a step never takes many more than 1,000 rows in all).
        lr: Peak learning rate.
        beta: Weight of the latents' divergence.
        optimizer: A class of ``torch.optim``.
        optimizer_params: Its further arguments.
        seed: Makes training reproducible.
        min_count: How many entities must share a value before the model may hold it.

    Raises:
        SettingError: Naming every parameter out of its range.
    """

    n_epochs: int | None = None
    batch_size: int = 1024
    lr: float = 1e-3
    beta: float = 1.0
    optimizer: str = "Adam"
    optimizer_params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    min_count: int = MIN_COUNT

    def __post_init__(self) -> None:
        faults = []
        if self.n_epochs is not None and self.n_epochs < 1:
            faults.append(f"n_epochs: expected at least 1 (or None for automatic), got {self.n_epochs}.")
        if self.batch_size < 1:
            faults.append(f"batch_size: expected at least 1, got {self.batch_size}.")
        if not self.lr > 0:
            faults.append(f"lr: expected a rate above 0, got {self.lr}.")
        if self.beta < 0:
            faults.append(f"beta: expected a weight of at least 0, got {self.beta}.")
        if self.min_count < 1:
            faults.append(f"min_count: expected at least 1, got {self.min_count}.")
        kind = getattr(torch.optim, self.optimizer, None)
        if not (isinstance(kind, type) and issubclass(kind, torch.optim.Optimizer)):
            faults.append(
                f"optimizer: '{self.optimizer}' is not a class of torch.optim; try 'Adam' or 'AdamW'."
            )
        report_all(SettingError, "The training parameters", faults)
