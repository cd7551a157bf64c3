"""What was guessed of a data set, why, and how sure it is."""

from dataclasses import dataclass
from typing import final

from synth_models.data.schema import Schema

TYPE, PRIMARY, FOREIGN, BROKEN, LEFT_OUT = (
    "type",
    "primary key",
    "foreign key",
    "broken foreign key",
    "left out",
)
"""What a guess is about; a broken foreign key is not in the schema: some of its values lead nowhere."""


@final
@dataclass(frozen=True)
class Guess:
    """One guess.

    Args:
        table, columns: What it is about.
        what: One of the constants of this module.
        value: What was guessed: the type, the parent of a foreign key; empty for a primary key.
        why: The reason, in a few words without a value of the data.
        confidence: From 0 to 1.

    Example:
        >>> str(Guess("orders", ("user",), FOREIGN, "users", "named after the table", 0.9))
        'orders.user: foreign key to users (0.90: named after the table)'
    """

    table: str
    columns: tuple[str, ...]
    what: str
    value: str
    why: str
    confidence: float

    def __str__(self) -> str:
        link = " to " if self.what in (FOREIGN, BROKEN) else " "
        said = f"{self.what}{link}{self.value}" if self.value else self.what
        return f"{self.table}.{', '.join(self.columns)}: {said} ({self.confidence:.2f}: {self.why})"


@final
@dataclass(frozen=True)
class Inference:
    """A schema for a data set, and the guesses it is made of.

    Args:
        schema: It fits the data.
        guesses: What nobody had told, table by table.
    """

    schema: Schema
    guesses: tuple[Guess, ...]

    def of(self, table: str, what: str) -> tuple[Guess, ...]:
        """The guesses of this kind about a table."""
        return tuple(guess for guess in self.guesses if (guess.table, guess.what) == (table, what))
