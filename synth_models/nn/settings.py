"""Sizes of the networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from synth_models.errors import SettingError, report_all

_DROPOUT = 0.1, 0.5
_ENOUGH_ROWS = 5000


def dropout(rows: int) -> float:
    """Share of hidden units dropped in training: more for small tables, which are soon known by heart."""
    low, high = _DROPOUT
    return min(high, max(low, low * (_ENOUGH_ROWS / max(1, rows)) ** 0.5))


@final
@dataclass(frozen=True, kw_only=True)
class NetSettings:
    """Sizes, after the documented parameters of the models.

    Raises:
        SettingError: Naming every parameter out of its range.
    """

    hidden_units: tuple[int, ...] = (32, 32)
    aggregator: str = "add_attention"
    d_latent: int | dict[str, int] = 8
    d_link: int = 10
    temp: float = 1.0
    hidden_units_fks: tuple[int, ...] = (128,)
    history: str = "prefix"

    def __post_init__(self) -> None:
        latents = list(self.d_latent.values()) if isinstance(self.d_latent, Mapping) else [self.d_latent]
        faults = [
            f"{name}: expected whole numbers of at least 1, got {value}."
            for name, value in {
                "hidden_units": list(self.hidden_units),
                "hidden_units_fks": list(self.hidden_units_fks),
                "d_latent": latents,
                "d_link": [self.d_link],
            }.items()
            if any(not isinstance(v, int) or v < 1 for v in value)
        ]
        if not self.hidden_units:
            faults.append("hidden_units: expected at least one layer, got none.")
        if not self.temp > 0:
            faults.append(f"temp: expected a temperature above 0, got {self.temp}.")
        report_all(SettingError, "The model's parameters", faults)

    @property
    def width(self) -> int:
        """Length of a row vector: twice the last number of hidden units."""
        return 2 * self.hidden_units[-1]

    def latent(self, table: str) -> int:
        """Latent dimension of a table."""
        return self.d_latent if isinstance(self.d_latent, int) else self.d_latent.get(table, 8)

    def to_dict(self) -> dict[str, Any]:
        """Plain data; ``NetSettings(**d)`` is the inverse."""
        latent = self.d_latent if isinstance(self.d_latent, int) else dict(self.d_latent)
        return {
            "hidden_units": list(self.hidden_units),
            "aggregator": self.aggregator,
            "d_latent": latent,
            "d_link": self.d_link,
            "temp": self.temp,
            "hidden_units_fks": list(self.hidden_units_fks),
            "history": self.history,
        }
