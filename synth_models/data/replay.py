"""What a model that learns on reads: the families it has not seen, and a part of those it has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from synth_models.data.digests import family_digests, shares
from synth_models.data.skeleton import Skeleton
from synth_models.data.split import family_roots

Seen = Mapping[str, np.ndarray]
"""For every table the digests of the families that begin there; (families,) uint64."""


@final
@dataclass(frozen=True)
class Replay:
    """What to learn on from.

    Args:
        chosen: New families and those replayed, with all that families share.
        unseen: The new ones alone, with all that families share.
        new, replayed, left_out: How many families there are of each.
    """

    chosen: Skeleton
    unseen: Skeleton
    new: int
    replayed: int
    left_out: int


def families_of(data: Skeleton) -> dict[str, np.ndarray]:
    """The digests of all families, to know them again."""
    digests, roots = family_digests(data.keys, data.families), family_roots(data.keys, data.families)
    return {name: np.unique(digests[name][mask]) for name, mask in roots.items()}


def replay(data: Skeleton, seen: Seen, share: float, seed: int) -> Replay:
    """The families that are new or have changed, and a random share of the others.

    Args:
        data: What there is now.
        seen: What ``families_of`` said of the data learned from before.
        share: Which part of the others, 0 to 1.
        seed: The same seed chooses the same ones.
    """
    digests, roots = family_digests(data.keys, data.families), family_roots(data.keys, data.families)
    unseen, chosen = {}, {}
    for name, mask in roots.items():
        unseen[name] = mask & ~np.isin(digests[name], seen.get(name, np.zeros(0, dtype=np.uint64)))
        chosen[name] = unseen[name] | (mask & (shares(digests[name], seed) < share))
    new, taken, total = (sum(int(mask.sum()) for mask in masks.values()) for masks in (unseen, chosen, roots))
    return Replay(
        data.begun(chosen.__getitem__), data.begun(unseen.__getitem__), new, taken - new, total - taken
    )
