"""Shards of root rows, each drawn from random numbers of its own, in whatever order they are drawn."""

from typing import NamedTuple
from zlib import crc32

import numpy as np
import torch

SHARD = 16_384
"""Root rows of a shard, at most."""


class Dice(NamedTuple):
    """Where random draws come from.

    Args:
        torch: For tokens, keys and latents.
        numpy: For numbers within cells, counts and budgets.
    """

    torch: torch.Generator
    numpy: np.random.Generator


def roll(seed: int, *what: str | int) -> Dice:
    """The random numbers of one piece of work, which no other piece draws from.

    Args:
        seed: Of the whole sample.
        what: Names the piece: its table, what is done, the number of its shard.

    Example:
        >>> roll(1, "users", "rows", 0).numpy.random() == roll(1, "users", "rows", 0).numpy.random()
        True
        >>> roll(1, "users", "rows", 0).numpy.random() == roll(1, "users", "rows", 1).numpy.random()
        False
    """
    key = [crc32(part.encode()) if isinstance(part, str) else part for part in what]
    source = np.random.SeedSequence(seed, spawn_key=key)
    mine = source.generate_state(1, np.uint64)[0]
    return Dice(torch.Generator().manual_seed(int(mine)), np.random.default_rng(source))


def shards_of(parent: np.ndarray, above: np.ndarray | None) -> np.ndarray:
    """The shard of every row: its family parent's; rows without one are dealt out in turn, like cards.

    So every shard is a fair sample of the root rows, in whatever order these are.

    Shapes:
        parent: (rows,), -1 for none
        above: (parents,), their shards; None for a root table
        returns: (rows,)
    """
    alone = np.flatnonzero(parent < 0)
    shard = np.zeros(len(parent), dtype=np.int64)
    shard[alone] = np.arange(len(alone)) % max(1, -(-len(alone) // SHARD))
    if above is not None and len(alone) < len(parent):
        below = parent >= 0
        shard[below] = above[parent[below]]
    return shard


def rows_of_shards(shard: np.ndarray) -> list[np.ndarray]:
    """The rows of every shard, ascending; one shard without rows if there are none.

    Shapes:
        shard: (rows,)
        returns: per shard (rows of it,)
    """
    order = np.argsort(shard, kind="stable")
    return np.split(order, np.cumsum(np.bincount(shard))[:-1])


def deal(budget: np.ndarray, sizes: list[int], rng: np.random.Generator) -> list[np.ndarray]:
    """Deal the children that parents may still have out to shards, in proportion to the shards' rows.

    Args:
        budget: Children of every parent. Shapes: (parents,)
        sizes: Rows of every shard.
        rng: Where the dealing comes from.

    Returns:
        Per shard one parent for every child it may give to, in any order.
    """
    cards = rng.permutation(np.repeat(np.arange(len(budget)), np.maximum(budget, 0)))
    ends = np.round(np.cumsum(sizes) / max(1, sum(sizes)) * len(cards)).astype(np.int64)
    return np.split(cards, ends[:-1])
