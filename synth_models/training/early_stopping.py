"""Early stopping table by table: the best each has been, and when it is trained no more."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, final

from torch import Tensor

from synth_models.nn.decoder import Decoder
from synth_models.training.sums import Sums

_PATIENCE = 6
_MIN_HELD_OUT = 20


@final
@dataclass
class _TableProgress:
    """The best a table has been, and how long ago."""

    best: float = math.inf
    waited: int = 0
    state: dict[str, Tensor] | None = None
    frozen: bool = False


@final
class EarlyStopping:
    """Keeps the best decoder of every table, and freezes those that have not improved for long.

    Args:
        decoder: What is kept and frozen.
        tables: Of which tables.
    """

    def __init__(self, decoder: Decoder, tables: Iterable[str]) -> None:
        self._decoder = decoder
        self._tables = {name: _TableProgress() for name in tables}

    @property
    def frozen(self) -> tuple[str, ...]:
        """The tables that are not trained any more."""
        return tuple(name for name, table in self._tables.items() if table.frozen)

    @property
    def over(self) -> bool:
        """Whether all are."""
        return len(self.frozen) == len(self._tables)

    def note(self, valid: Sums) -> None:
        """What held-out rows say of the tables that are still trained."""
        for name, table in self._tables.items():
            if table.frozen or valid.rows.get(name, 0) < _MIN_HELD_OUT:
                continue
            value = valid.nll[name] / valid.rows[name]
            if value < table.best - 1e-4:
                table.best, table.waited = value, 0
                table.state = {
                    k: v.detach().clone() for k, v in self._decoder.table(name).state_dict().items()
                }
                continue
            table.waited += 1
            if table.waited >= _PATIENCE:
                table.frozen = True
                self._to_best(name)
                self._learn(name, False)

    def restore_best(self) -> None:
        """Leave the decoder as good as it was at its best, and trainable."""
        for name in self._tables:
            self._to_best(name)
            self._learn(name, True)

    def state(self) -> dict[str, Any]:
        """Plain data and tensors; ``restore`` is the inverse."""
        return {name: vars(table) for name, table in self._tables.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state; it is used up."""
        self._tables = {name: _TableProgress(**table) for name, table in state.items()}
        for name, table in self._tables.items():
            self._learn(name, not table.frozen)

    def _learn(self, name: str, learn: bool) -> None:
        for parameter in self._decoder.table(name).parameters():
            parameter.requires_grad_(learn)

    def _to_best(self, name: str) -> None:
        state = self._tables[name].state
        if state is not None:
            self._decoder.table(name).load_state_dict(state)
