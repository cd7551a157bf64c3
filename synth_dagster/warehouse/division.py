"""How the rows of a table fall into parts, in SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, final

from synth_dagster.warehouse.names import quoted


@final
@dataclass(frozen=True)
class Link:
    """A step from a table to one that it refers to.

    Args:
        column: The foreign key.
        parent: The table it refers to.
        primary: The primary key of that one.
    """

    column: str
    parent: str
    primary: str


@final
@dataclass(frozen=True)
class Division:
    """Which part a row belongs to.

    Args:
        column: Tells the part; a column of the table itself, or of the one that the links lead to.
        every: The part is the day or the month of the column's time, as the date it begins with; None: it is
            the column's value.
        links: Keys to follow, one after the other.
    """

    column: str
    every: Literal["day", "month"] | None
    links: tuple[Link, ...] = ()

    def told_by(self, table: str) -> str:
        """The table with the column that tells the part."""
        return self.links[-1].parent if self.links else table

    def joined(self, table: str, path_of: Callable[[str], str]) -> str:
        """What to select from: the table as ``p0``, and after it those that the links lead to."""
        joined = f"{path_of(table)} AS p0"
        for number, link in enumerate(self.links):
            joined += (
                f" JOIN {path_of(link.parent)} AS p{number + 1}"
                f" ON p{number}.{quoted(link.column)} = p{number + 1}.{quoted(link.primary)}"
            )
        return joined

    def part(self, expression: Callable[[str], str], begins: Callable[[str, str], str]) -> str:
        """An expression for the part of a row.

        Args:
            expression: A column as a time without zone in UTC or, of parts by value, as text.
            begins: A unit and a time as the text of the date the unit begins with.
        """
        own = expression(f"p{len(self.links)}.{quoted(self.column)}")
        return begins(self.every, own) if self.every else own
