"""Near to what a sibling had: values around those of an earlier sibling become likelier."""

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor

from synth_models.nn.past import Past
from synth_models.nn.sibling_terms import SiblingTerms
from synth_models.nn.tokens import Ranks

_SCALES = (1 / 128, 1 / 32, 1 / 8, 1 / 2)
"""How far around a value is near, as parts of all ranks."""
_TERMS = 2 * len(_SCALES) + 1
_NEVER = 1e4
"""Nats against a value that would come before that of the last sibling, where these rise."""


@final
class Nearness(SiblingTerms):
    """Adds to the scores of ordered tokens how far each value is from that of an earlier sibling.

    A temperature is near that of an hour ago: levels are drawn, and yet run on from row to row. Drawn as
    differences they would wander off; from an embedding of what was before, a network learns that 17 follows
    16 for every single number. The scores get terms of the difference of ranks, as a relative position bias
    does of places (Raffel et al. 2020, arXiv 1910.10683): how near in several scales, in which direction, and
    whether it is the same. How much each counts depends on the row, and starts from nothing.

    Where siblings are in the order of a token, no value comes before that of the last one.

    Args:
        ranks: Per token where its values stand in their order, if they have one.
        parts: Per token how many tokens before it are of the same column: they must be the same.
        groups: Per token the groups of siblings, the last of which counts, as the tokens in which these must
            agree with the row.
        floors: Per token that rises from sibling to sibling, the tokens that must be the same for that; None
            for others.
        hidden: Length of the hidden state.
    """

    def __init__(
        self,
        ranks: Sequence[Ranks],
        parts: Sequence[int],
        groups: Sequence[Sequence[Sequence[int]]],
        floors: Sequence[Sequence[int] | None],
        hidden: int,
    ) -> None:
        super().__init__(groups, _TERMS, hidden)
        self.parts, self.floors = parts, floors
        for token, (order, mine) in enumerate(zip(ranks, groups, strict=True)):
            values = torch.from_numpy(order).float() if order is not None and mine else None
            self.register_buffer(f"ranks_{token}", values, persistent=False)
            self.register_buffer(f"far_{token}", None if values is None else _far(values), persistent=False)

    def forward(self, logits: Tensor, hidden: Tensor, token: int, mine: Tensor, past: Past) -> Tensor:
        """See ``SiblingTerms``; and nothing that would come before the last sibling, where values rise."""
        logits = super().forward(logits, hidden, token, mine, past)
        return logits - _NEVER * self._before(token, mine, past)

    def terms(self, token: int, mine: Tensor, past: Past) -> Tensor:
        """See ``SiblingTerms``: how near each value is to the last sibling's."""
        parts, far = slice(token - self.parts[token], token), []
        for conditions in self.groups[token]:
            theirs, there = past.last(mine, conditions)
            there = there & (theirs[:, parts] == mine[:, parts]).all(1)
            far.append(getattr(self, f"far_{token}")[theirs[:, token].long()] * there[:, None, None])
        return torch.cat(far, 1)

    def _before(self, token: int, mine: Tensor, past: Past) -> Tensor | float:
        """Which values come before that of the last sibling, where these rise. Shapes: (rows, size).

        The last of all ranks is that of rare values, which stand anywhere in the order.
        """
        floor, ranks = self.floors[token], getattr(self, f"ranks_{token}")
        if floor is None or not past.there.shape[1]:
            return 0.0
        theirs, there = past.last(mine, floor)
        last = ranks[theirs[:, token].long()]
        least = torch.where(there & (last < 1), last, 0.0)
        return (ranks < least[:, None]).float()


def _far(ranks: Tensor) -> Tensor:
    """For every value before, in every way, how far each value is from it. Shapes: (size, terms, size).

    The first value is a missing one, which is near to nothing but itself.
    """
    far = ranks[None, :] - ranks[:, None]
    near = [torch.exp(-far.abs() / scale) for scale in _SCALES]
    found = torch.stack([*near, *(far.sign() * (1 - one) for one in near)], 1)
    found[0], found[:, :, 0] = 0.0, 0.0
    return torch.cat([found, torch.eye(len(ranks))[:, None]], 1)
