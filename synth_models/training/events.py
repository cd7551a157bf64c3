"""What training tells of itself."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, final


@final
@dataclass(frozen=True)
class EpochRecord:
    """How an epoch went.

    Args:
        epoch: From 1.
        n_epochs: How many there will be at most.
        part: Share of this epoch that is done; 1 for a finished one.
        train_loss: Mean loss per row, in nats.
        valid_loss: Mean loss per held-out row, in nats; None where it was not measured.
        kl: Mean divergence of the latents from their prior per row, in nats, by table.
        valid_losses: Mean loss per held-out row, in nats, by table.
        frozen: Tables that no longer improve and are not trained any more.
        rows_per_s: Rows visited per second.
        elapsed_s: Seconds since the first epoch began.
        eta_s: Seconds that the rest will take at this pace.
        setbacks: How often the loss was not finite, and training went back and lowered the rate.
        pieces: In how many parts a step is made, for want of memory.
    """

    epoch: int
    n_epochs: int
    part: float
    train_loss: float
    valid_loss: float | None
    rows_per_s: float
    elapsed_s: float
    eta_s: float
    kl: Mapping[str, float] = field(default_factory=dict)
    valid_losses: Mapping[str, float] = field(default_factory=dict)
    frozen: tuple[str, ...] = ()
    setbacks: int = 0
    pieces: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Plain data; ``from_dict`` is the inverse."""
        return {**asdict(self), "frozen": list(self.frozen)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "EpochRecord":
        """What ``to_dict`` said."""
        return cls(**{**record, "frozen": tuple(record["frozen"])})

    def __str__(self) -> str:
        valid = "" if self.valid_loss is None else f", held out {self.valid_loss:.3f}"
        part = "" if self.part >= 1 else f" ({self.part:.0%})"
        tables = "table" if len(self.frozen) == 1 else "tables"
        done = f", {len(self.frozen)} {tables} done" if self.frozen else ""
        back = f", went back {self.setbacks} times to a finite loss" if self.setbacks else ""
        parts = f", steps in {self.pieces} parts for want of memory" if self.pieces > 1 else ""
        return (
            f"epoch {self.epoch}/{self.n_epochs}{part}: loss {self.train_loss:.3f}{valid}, "
            f"{self.rows_per_s:,.0f} rows/s, {self.eta_s:.0f} s left{done}{back}{parts}"
        )


OnEpoch = Callable[[EpochRecord], None]
