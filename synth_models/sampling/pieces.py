"""Families that must be one piece and fell apart are joined: rows of two pieces exchange the ends of a key.

Each keeps its numbers of children. Of two pieces one must be held together without the row that exchanges:
then both rows are a bridge between what is left.
"""

import numpy as np
import torch
from torch import Tensor

from synth_models.graph.agreements import agreements_of_children
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.pieces import loose, pieces
from synth_models.sampling.exchange import Score, fit_of
from synth_models.sampling.fks import Chooser
from synth_models.sampling.parents import owners
from synth_models.sampling.sample import Sample

_ROUNDS = 30
_OFFERS = 16
"""Rows of other pieces that each is offered."""


def join_pieces(sample: Sample, blueprint: TableBlueprint, column: str, chooser: Chooser) -> bool:
    """Let what rows of a family join be one piece, if it is in the data; whether any was not."""
    key = next(key for key in blueprint.drawn_keys if key.column == column)
    at, links = key.within(blueprint.family), sample.tables[blueprint.name].block.links
    if not key.one_piece or at is None or blueprint.family is None:
        return False
    rows = torch.nonzero((links[column] >= 0) & (links[blueprint.family] >= 0))[:, 0]
    known = agreements_of_children(sample.blueprints, sample.blocks, blueprint.name, key, rows)
    taken, asked = owners(blueprint, sample.tables, column, rows), chooser.asked[rows.to(sample.device)]
    score, _ = fit_of(chooser, asked, known, taken)
    before, dice = links[column][rows], sample.roll(blueprint.name, "pieces", column)
    joined = in_one_piece(before, links[blueprint.family][rows], known[at], score, dice.numpy)
    links[column][rows] = joined
    return not torch.equal(before, joined)


def in_one_piece(
    links: Tensor, owner: Tensor, group: Tensor, score: Score, rng: np.random.Generator
) -> Tensor:
    """The same parents, exchanged so that groups are one piece, as far as can be.

    Args:
        links: The parent of every row, joined by it to its owner.
        owner: Its other parent, of the same table.
        group: Of every row, that of both; -1 for none.
        score: How well parents fit rows.
        rng: Where the choice of who exchanges comes from.

    Shapes:
        links, owner, group: (rows,)
        returns: (rows,)
    """
    found, mine, whose = links.numpy().copy(), owner.numpy(), group.numpy()
    for _ in range(_ROUNDS):
        piece = pieces(mine, found)[mine]
        broken = _broken(whose, piece)
        rows = np.flatnonzero(broken)
        if not len(rows):
            break
        free = rows[loose(mine[rows], found[rows], rng)]
        if not len(free):
            break
        rows = rows[np.argsort(whose[rows], kind="stable")]
        low, high = (np.searchsorted(whose[rows], whose[free], side=side) for side in ("left", "right"))
        one = np.repeat(free, _OFFERS)
        other = rows[
            (np.repeat(low, _OFFERS) + rng.random(len(one)) * np.repeat(high - low, _OFFERS)).astype(int)
        ]
        one, other = one[piece[one] != piece[other]], other[piece[one] != piece[other]]
        gain = _gain(score, one, other, found) + rng.gumbel(size=len(one))
        order = np.lexsort([-gain, whose[one]])
        best = order[np.unique(whose[one][order], return_index=True)[1]]
        one, other = one[best], other[best]
        found[one], found[other] = found[other], found[one]
    return torch.from_numpy(found)


def _broken(group: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """Which rows are of groups in more than one piece. Shapes: (rows,), (rows,) -> (rows,) bool."""
    pairs = np.unique(np.column_stack([group, piece]), axis=0)[:, 0]
    several, counts = np.unique(pairs, return_counts=True)
    return np.isin(group, several[(counts > 1) & (several >= 0)])


def _gain(score: Score, one: np.ndarray, other: np.ndarray, links: np.ndarray) -> np.ndarray:
    """How much better the parents of two rows would fit the other one. Shapes: (n,), (n,) -> (n,)."""
    rows = torch.from_numpy(np.r_[one, other])
    now, then = torch.from_numpy(links[np.r_[one, other]]), torch.from_numpy(links[np.r_[other, one]])
    gain = (score(rows, then) - score(rows, now)).view(2, -1).sum(0)
    return gain.double().numpy()
