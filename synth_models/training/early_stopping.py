"""Early stopping table by table: the best each has been, and when it is trained no more."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, final

from torch import Tensor, nn

from synth_models.nn.decoder import Decoder
from synth_models.nn.encoder import Encoder
from synth_models.training.settings import TrainSettings
from synth_models.training.sums import Sums

_PATIENCE = 6
_MIN_HELD_OUT = 20


@final
@dataclass
class _Progress:
    """The best something has been, and how long ago."""

    best: float = math.inf
    waited: int = 0
    state: dict[str, Tensor] | None = None
    frozen: bool = False

    def note(self, value: float, network: nn.Module) -> None:
        """Keep the network if this is the best value so far."""
        self.waited += 1
        if value < self.best - 1e-4:
            self.best, self.waited = value, 0
            self.state = {k: v.detach().clone() for k, v in network.state_dict().items()}


@final
class EarlyStopping:
    """Keeps the best decoder of every table, and freezes those that have not improved for long.

    What tables know of each other they know from the encoder, which all share. So the networks are also kept
    as they were when all tables together were at their best.

    Args:
        encoder, decoder: What is kept.
        tables: Of which tables.
        settings: What is minimised.
    """

    def __init__(
        self, encoder: Encoder, decoder: Decoder, tables: Iterable[str], settings: TrainSettings
    ) -> None:
        self._decoder, self._networks = decoder, nn.ModuleList([encoder, decoder])
        self._tables, self._settings = {name: _Progress() for name in tables}, settings
        self._together = _Progress()

    @property
    def frozen(self) -> tuple[str, ...]:
        """The tables that are not trained any more."""
        return tuple(name for name, table in self._tables.items() if table.frozen)

    @property
    def over(self) -> bool:
        """Whether all are."""
        return len(self.frozen) == len(self._tables)

    def note(self, valid: Sums) -> None:
        """What held-out rows say of the tables that are still trained.

        Of a table with too few of them to tell, those of all tables together do.
        """
        if sum(valid.rows.values()) < _MIN_HELD_OUT:
            return
        together = valid.mean(self._settings)
        self._together.note(together, self._networks)
        for name, table in self._tables.items():
            if table.frozen:
                continue
            enough = valid.rows.get(name, 0) >= _MIN_HELD_OUT
            table.note(valid.nll[name] / valid.rows[name] if enough else together, self._decoder.table(name))
            if table.waited >= _PATIENCE:
                table.frozen = True
                self._to_best(name)
                self._learn(name, False)

    def restore_best(self, measure: Callable[[], Sums]) -> None:
        """Leave the networks as good as they were at their best, and trainable.

        Args:
            measure: Says how good they are.
        """
        for name in self._tables:
            self._to_best(name)
            self._learn(name, True)
        best = self._together
        if best.state is not None and measure().mean(self._settings) > best.best:
            self._networks.load_state_dict(best.state)

    def state(self) -> dict[str, Any]:
        """Plain data and tensors; ``restore`` is the inverse."""
        return {
            "tables": {name: vars(table) for name, table in self._tables.items()},
            "together": vars(self._together),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state; it is used up."""
        self._tables = {name: _Progress(**table) for name, table in state["tables"].items()}
        self._together = _Progress(**state["together"])
        for name, table in self._tables.items():
            self._learn(name, not table.frozen)

    def _learn(self, name: str, learn: bool) -> None:
        for parameter in self._decoder.table(name).parameters():
            parameter.requires_grad_(learn)

    def _to_best(self, name: str) -> None:
        state = self._tables[name].state
        if state is not None:
            self._decoder.table(name).load_state_dict(state)
