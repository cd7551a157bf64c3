"""What a row is drawn by, one step after the other: tokens and choices of parents."""

from dataclasses import dataclass
from typing import final

import numpy as np

from synth_models.columns.base import Codec, even_ranks
from synth_models.columns.grid import NumberGrid
from synth_models.graph.again import OUTCOMES
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.key_plan import KeyPlan
from synth_models.graph.levels import MAX_LEVELS

COUNT, NULL, COLUMN, DELTA, LEVEL, GAP = "count", "null", "column", "delta", "level", "gap"
PROFILE, AGAIN = "profile", "again"


@final
@dataclass(frozen=True)
class TokenStep:
    """One token in the order of a row's autoregression.

    Args:
        kind: count, null, again, column, delta, level, gap or profile.
        name: The column, the foreign key, ``child.key`` for a count, or that of a profile.
        part: Which token of that column.
        size: Its vocabulary.
        ranks: Where its values stand in their order, 0 to 1; None if they have none. Shapes: (size,).
        allowed: Which values can follow the previous token. Shapes: (size of the previous token or 1, size).
    """

    kind: str
    name: str
    part: int
    size: int
    ranks: np.ndarray | None
    allowed: np.ndarray


@final
@dataclass(frozen=True)
class KeyStep:
    """The choice of a parent row, a step in the order of a row's autoregression."""

    key: KeyPlan


Step = TokenStep | KeyStep


def token_steps(kind: str, name: str, codec: Codec | NumberGrid) -> list[Step]:
    """The tokens of a column, of its differences or of a count."""
    return [
        TokenStep(kind, name, part, int(size), ranks if ordered else None, np.asarray(allowed, dtype=bool))
        for part, (size, ordered, ranks, allowed) in enumerate(
            zip(codec.sizes, codec.ordered, codec.ranks(), codec.allowed(), strict=True)
        )
    ]


def null_steps(key: KeyPlan) -> list[Step]:
    """Whether a row has the key, if it may be without."""
    allowed = np.array([[key.null_share < 1, True]])
    return [TokenStep(NULL, key.column, 0, 2, None, allowed)] if key.nullable else []


def again_steps(key: KeyPlan) -> list[Step]:
    """Whether a row has a parent that one of its earlier siblings has, if that is no matter of chance."""
    allowed = np.ones((1, OUTCOMES), dtype=bool)
    return [TokenStep(AGAIN, key.column, 0, OUTCOMES, None, allowed)] if key.again else []


def level_steps(key: KeyPlan) -> list[Step]:
    """How far below the top a row of a hierarchy is."""
    ranks, allowed = even_ranks(MAX_LEVELS)[: key.levels], np.ones((1, key.levels), dtype=bool)
    return [TokenStep(LEVEL, key.column, 0, key.levels, ranks, allowed)]


def gap_steps(column: ColumnPlan) -> list[Step]:
    """Whether a computed column is missing, if it may be."""
    allowed = np.ones((1, 2), dtype=bool)
    return [TokenStep(GAP, column.name, 0, 2, None, allowed)] if column.gaps else []
