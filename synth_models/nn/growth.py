"""What was learned, in networks whose vocabularies have grown."""

from collections import defaultdict
from typing import Any, Protocol, cast, runtime_checkable

import torch
from torch import Tensor, nn

Moved = dict[nn.Parameter, tuple[nn.Parameter, Tensor | None]]
"""For every old parameter the new one, and the places of its rows there (None: as they were)."""


@runtime_checkable
class Growing(Protocol):
    """A module some of whose parameters or buffers have a row per value of a vocabulary."""

    def places_of(self, old: Any) -> dict[str, Tensor]:
        """Per such parameter or buffer, where the old module's rows are in this one's."""
        ...


def carry_over(old: nn.Module, new: nn.Module) -> Moved:
    """Copy the weights of a network into one of the same form with larger vocabularies.

    Args:
        old: As it was trained.
        new: As it was built; what is new in it keeps its initial weights.
    """
    moved: Moved = {}
    with torch.no_grad():
        for theirs, mine in zip(old.modules(), new.modules(), strict=True):
            places = mine.places_of(theirs) if isinstance(mine, Growing) else {}
            for name, buffer in theirs.named_buffers(recurse=False):
                if name in places:
                    getattr(mine, name)[places[name]] = buffer.to(getattr(mine, name).device)
            before, after = (dict(m.named_parameters(recurse=False)) for m in (theirs, mine))
            for name, parameter in before.items():
                place = places.get(name)
                after[name][slice(None) if place is None else place] = parameter.to(after[name].device)
                moved[parameter] = (after[name], place)
    return moved


def follow(optimizer: torch.optim.Optimizer, moved: Moved) -> None:
    """Let an optimizer go on with the new parameters, with what it remembers of the old ones."""
    state: dict[Tensor, Any] = defaultdict(dict)
    for old, remembered in optimizer.state.items():
        new, place = moved[cast("nn.Parameter", old)]
        state[new] = {name: _grown(value, old, new, place) for name, value in remembered.items()}
    for group in optimizer.param_groups:
        group["params"] = [moved[parameter][0] for parameter in group["params"]]
    optimizer.state = state


def _grown(value: Any, old: Tensor, new: Tensor, place: Tensor | None) -> Any:
    if place is None or not isinstance(value, Tensor) or value.shape != old.shape:
        return value
    larger = value.new_zeros(new.shape)
    larger[place] = value
    return larger
