"""Losses added up over the batches of an epoch."""

from collections.abc import Mapping
from typing import final

from synth_models.training.loss import Loss
from synth_models.training.settings import TrainSettings


@final
class Sums:
    """Losses added up over batches, by table.

    Example:
        >>> Sums().mean(TrainSettings())
        0.0
    """

    def __init__(self) -> None:
        self.nll: dict[str, float] = {}
        self.kl: dict[str, float] = {}
        self.rows: dict[str, int] = {}
        self.parts: dict[tuple[str, int], float] = {}

    def add(self, losses: Mapping[str, Loss]) -> None:
        """Those of one more batch."""
        for name, loss in losses.items():
            self.nll[name] = self.nll.get(name, 0.0) + loss.nll.item()
            self.kl[name] = self.kl.get(name, 0.0) + loss.kl.item()
            self.rows[name] = self.rows.get(name, 0) + loss.rows
            for part, nll in enumerate(loss.parts or (loss.nll,)):
                self.parts[name, part] = self.parts.get((name, part), 0.0) + nll.item()

    def mean(self, settings: TrainSettings) -> float:
        """What is minimised, per row in nats."""
        rows = sum(self.rows.values())
        divergence = sum(settings.beta_of(name) * kl for name, kl in self.kl.items())
        return (sum(self.nll.values()) + divergence) / max(1, rows)

    def nll_per_row(self) -> dict[str, float]:
        """The mean negative log likelihood of the rows of every table, in nats."""
        return {name: self.nll[name] / rows for name, rows in self.rows.items()}

    def kl_per_row(self) -> dict[str, float]:
        """The mean divergence of the latents from their prior, of the tables that have any, in nats."""
        return {name: kl / self.rows[name] for name, kl in self.kl.items() if kl}
