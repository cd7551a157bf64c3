"""How to train."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any, final

import torch
from torch import nn

from synth_models.columns.base import MIN_COUNT
from synth_models.errors import SettingError, report_all

_UNFIT = {
    "LBFGS": "computes the loss several times a step",
    "SparseAdam": "takes sparse gradients only",
}
_ALTERNATIVES = {"fused", "foreach", "differentiable"}
"""Parameters of optimizers that say how a step is computed."""


@final
@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """How to train; sizes are rows of the root tables.

    Args:
        n_epochs: Epochs at most; None for as many as the amount of data asks for.
        batch_size: Root rows per step at most (a step never takes many more than 1,000 rows in all).
        lr: Peak learning rate.
        beta: Weight of the latents' divergence, one number or one per table (1 for tables left out).
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
    beta: float | Mapping[str, float] = 1.0
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
        if not all(
            beta >= 0 for beta in (self.beta.values() if isinstance(self.beta, Mapping) else [self.beta])
        ):
            faults.append(f"beta: expected a weight of at least 0, got {self.beta}.")
        if self.min_count < 1:
            faults.append(f"min_count: expected at least 1, got {self.min_count}.")
        if self._optimizer_class is None:
            faults.append(
                f"optimizer: '{self.optimizer}' is not a class of torch.optim; try 'Adam' or 'AdamW'."
            )
        elif self.optimizer in _UNFIT:
            faults.append(f"optimizer: '{self.optimizer}' {_UNFIT[self.optimizer]}; try 'Adam' or 'AdamW'.")
        report_all(SettingError, "The training parameters", faults)

    @property
    def _optimizer_class(self) -> type[torch.optim.Optimizer] | None:
        kind = getattr(torch.optim, self.optimizer, None)
        fits = isinstance(kind, type) and issubclass(kind, torch.optim.Optimizer)
        return kind if fits and kind is not torch.optim.Optimizer else None

    def beta_of(self, table: str) -> float:
        """The weight of a table's divergence."""
        return self.beta.get(table, 1.0) if isinstance(self.beta, Mapping) else self.beta

    def make_optimizer(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """A new optimizer, whose steps are one operation for all parameters where there is such a one.

        Raises:
            SettingError: If it does not take ``optimizer_params``, or these parameters.
        """
        assert self._optimizer_class is not None
        arguments: dict[str, Any] = {"lr": self.lr, **self.optimizer_params}
        if "fused" in signature(self._optimizer_class).parameters and not _ALTERNATIVES & arguments.keys():
            arguments["fused"] = True
        try:
            return self._optimizer_class(parameters, **arguments)
        except (TypeError, ValueError) as error:
            raise SettingError(
                f"optimizer: torch.optim.{self.optimizer} cannot be made with the parameters "
                f"{', '.join(arguments)}: {error}"
            ) from error
