"""Early stopping table by table: the best each has been, and when it is trained no more."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, final

from torch import Tensor, nn

from synth_models.nn.decoder import Decoder
from synth_models.nn.encoder import Encoder
from synth_models.training.loss import Skip
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
        self._networks, self._settings = nn.ModuleList([encoder, decoder]), settings
        self._parts = {
            (name, part): network for name in tables for part, network in enumerate(decoder.parts(name))
        }
        self._progress = {part: _Progress() for part in self._parts}
        self._together = _Progress()

    @property
    def done(self) -> Skip:
        """What is not trained any more: tables, and parts of their networks."""
        return frozenset(part for part, progress in self._progress.items() if progress.frozen)

    @property
    def frozen(self) -> tuple[str, ...]:
        """The tables no part of which is trained any more."""
        going_on = {name for (name, part) in self._progress.keys() - self.done}
        return tuple(dict.fromkeys(name for name, _ in self._progress if name not in going_on))

    @property
    def over(self) -> bool:
        """Whether all are."""
        return len(self.done) == len(self._progress)

    def note(self, valid: Sums) -> None:
        """What held-out rows say of the tables that are still trained.

        Of a table with too few of them to tell, those of all tables together do.
        """
        if sum(valid.rows.values()) < _MIN_HELD_OUT:
            return
        together = valid.mean(self._settings)
        self._together.note(together, self._networks)
        for part, progress in self._progress.items():
            if progress.frozen:
                continue
            rows = valid.rows.get(part[0], 0)
            progress.note(valid.parts[part] / rows if rows >= _MIN_HELD_OUT else together, self._parts[part])
            if progress.waited >= _PATIENCE:
                progress.frozen = True
                self._to_best(part)
                self._learn(part, False)

    def restore_best(self, measure: Callable[[], Sums]) -> None:
        """Leave the networks as good as they were at their best, and trainable.

        Args:
            measure: Says how good they are.
        """
        for part in self._parts:
            self._to_best(part)
            self._learn(part, True)
        best = self._together
        if best.state is not None and measure().mean(self._settings) > best.best:
            self._networks.load_state_dict(best.state)

    def state(self) -> dict[str, Any]:
        """Plain data and tensors; ``restore`` is the inverse."""
        return {
            "tables": [[*part, vars(progress)] for part, progress in self._progress.items()],
            "together": vars(self._together),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state; it is used up."""
        self._progress = {(name, part): _Progress(**progress) for name, part, progress in state["tables"]}
        self._together = _Progress(**state["together"])
        for part, progress in self._progress.items():
            self._learn(part, not progress.frozen)

    def _learn(self, part: tuple[str, int], learn: bool) -> None:
        for parameter in self._parts[part].parameters():
            parameter.requires_grad_(learn)

    def _to_best(self, part: tuple[str, int]) -> None:
        state = self._progress[part].state
        if state is not None:
            self._parts[part].load_state_dict(state)
