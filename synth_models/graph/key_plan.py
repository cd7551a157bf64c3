"""How a further key of a row is drawn, and how its parent agrees with the row. Plain data, kept in
checkpoints.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, final


@final
@dataclass(frozen=True)
class Match:
    """Two ways from a row up to the same table: over what is known of the row, and over the candidate.

    Args:
        known: Foreign keys from the row, the first one chosen before this key; empty for the row itself.
        candidate: Foreign keys from the candidate parent; empty for the candidate itself.
        log_odds: How much more often they meet than by chance, in nats; far below 0 if they never do.
        exact: Whether they always meet.
        on: Two columns, one at either end, that must have the same value, if it is not the rows that meet:
            keys that share a column.
    """

    known: tuple[str, ...]
    candidate: tuple[str, ...]
    log_odds: float
    exact: bool
    on: tuple[str, str] | None = None

    @property
    def certain(self) -> bool:
        """Whether they always meet, or never do."""
        return self.exact or self.log_odds < 0

    def state(self) -> list[Any]:
        """Plain data; ``from_state`` is the inverse."""
        on = list(self.on) if self.on else None
        return [list(self.known), list(self.candidate), self.log_odds, self.exact, on]

    @classmethod
    def from_state(cls, state: list[Any]) -> Self:
        """The match a checkpoint holds."""
        known, candidate, odds, exact, on = state
        return cls(tuple(known), tuple(candidate), odds, exact, (on[0], on[1]) if on else None)


@final
@dataclass(frozen=True)
class Distance:
    """How far a number of a row is from one of whom a late key leads to.

    Args:
        own, theirs: The columns whose numbers are subtracted, the parent's from the row's.
        edges: Where a step of distances ends and the next begins, rising; it belongs to the latter.
        log_odds: Per step how much more often than by chance the two are so far apart, in nats; far below 0
            if they never are.
    """

    own: str
    theirs: str
    edges: tuple[float, ...]
    log_odds: tuple[float, ...]

    def state(self) -> list[Any]:
        """Plain data; ``from_state`` is the inverse."""
        return [self.own, self.theirs, list(self.edges), list(self.log_odds)]

    @classmethod
    def from_state(cls, state: list[Any]) -> Self:
        """The distance a checkpoint holds."""
        own, theirs, edges, odds = state
        return cls(own, theirs, tuple(edges), tuple(odds))


@final
@dataclass(frozen=True)
class KeyPlan:
    """A further key of a row: null or not, then which parent.

    Args:
        column: The foreign key column.
        parent: The table it points at.
        null_share: How often it is missing.
        source: The (earlier key, key of that key's parent) that determine it, if any do.
        matches: Ways in which the parent agrees with what is known of the row.
        levels: For a key to its own table without cycles: how many levels of rows there are. A row's parent
            is of the level above, so none come about.
        once: Whether no two rows have the same parents by this key and by the family key.
        unordered: Whether they do not have them the other way round either.
        one_piece: Whether what rows join by this key and by the family key is one piece in every family.
        implied: Whether the data have no such key, but rows tell of it: unknown where none tells, unless it
            is whom they usually tell, which may be missing.
        again: Whether siblings have the same parent more often, or more rarely, than by chance.
        distances: Of a late key: how far numbers of the row are from those of the parent.
    """

    column: str
    parent: str
    null_share: float
    source: tuple[str, str] | None
    matches: tuple[Match, ...]
    levels: int = 0
    once: bool = False
    unordered: bool = False
    implied: bool = False
    again: bool = False
    distances: tuple[Distance, ...] = ()
    one_piece: bool = False

    @property
    def nullable(self) -> bool:
        """Whether it is ever missing."""
        return self.null_share > 0

    def follows(self, other: str) -> bool:
        """Whether whom this key leads to depends on whom another of the row leads to."""
        certain = any(match.certain and match.known[:1] == (other,) for match in self.matches)
        return certain or (self.source is not None and self.source[0] == other)

    def within(self, family: str | None) -> int | None:
        """By which match its parents are always of the row's own family; None if they need not be."""
        for at, match in enumerate(self.matches):
            if match.exact and not match.on and family and match.known[:1] == (family,) and not self.source:
                return at
        return None

    def state(self) -> dict[str, Any]:
        """Plain data; ``from_state`` is the inverse."""
        return {
            "column": self.column,
            "parent": self.parent,
            "null_share": self.null_share,
            "source": list(self.source) if self.source else None,
            "matches": [match.state() for match in self.matches],
            "levels": self.levels,
            "once": self.once,
            "unordered": self.unordered,
            "implied": self.implied,
            "again": self.again,
            "distances": [distance.state() for distance in self.distances],
            "one_piece": self.one_piece,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The plan a checkpoint holds."""
        source = state["source"]
        return cls(
            column=state["column"],
            parent=state["parent"],
            null_share=state["null_share"],
            source=(source[0], source[1]) if source else None,
            matches=tuple(Match.from_state(match) for match in state["matches"]),
            levels=state["levels"],
            once=state["once"],
            unordered=state["unordered"],
            implied=state["implied"],
            again=state["again"],
            distances=tuple(Distance.from_state(distance) for distance in state["distances"]),
            one_piece=state["one_piece"],
        )
