"""The keys of all tables: those that are known, and the others guessed, one kind after the other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, final

from synth_models.data.infer_facts import TableFacts
from synth_models.data.infer_foreign import composite_links, single_links
from synth_models.data.infer_guess import FOREIGN, Guess
from synth_models.data.infer_primary import further_key, single_key
from synth_models.data.schema import ForeignKey
from synth_models.errors import SchemaError


@final
@dataclass
class Keys:
    """The keys of every table, and the guesses among them."""

    primary: dict[str, tuple[str, ...]] = field(default_factory=dict)
    foreign: dict[str, list[ForeignKey]] = field(default_factory=dict)
    guesses: list[Guess] = field(default_factory=list)

    def identify(self, table: str, guess: Guess | None) -> None:
        """Note the primary key of a table; None: it has none."""
        self.primary[table] = guess.columns if guess else ()
        self.guesses += [guess] if guess else []

    def link(self, table: str, guesses: Iterable[Guess]) -> None:
        """Note foreign keys of a table."""
        for guess in guesses:
            self.guesses.append(guess)
            if guess.what == FOREIGN:
                self.foreign.setdefault(table, []).append(ForeignKey(guess.columns, guess.value))

    def identified(self) -> dict[str, tuple[str, ...]]:
        """The tables that have a primary key."""
        return {table: columns for table, columns in self.primary.items() if columns}


def find_keys(tables: Mapping[str, TableFacts], known: Mapping[str, Mapping[str, Any]]) -> Keys:
    """The keys of every table.

    A foreign key needs the primary key of its parent; that of a link table needs its foreign keys. So first
    come primary keys of one column, then the keys to these, then all other primary keys, then keys to them.

    Args:
        tables: What is known of the columns.
        known: What nobody needs to guess; see ``infer``.

    Raises:
        SchemaError: If what is known cannot be understood.
    """
    keys = Keys(
        {name: _listed(said["primary_key"]) for name, said in known.items() if "primary_key" in said},
        {
            name: _foreign_keys(name, said["foreign_keys"])
            for name, said in known.items()
            if "foreign_keys" in said
        },
    )
    unidentified = [name for name in tables if name not in keys.primary]
    unlinked = [name for name in tables if name not in keys.foreign]
    for name in unidentified:
        keys.identify(name, single_key(tables[name], tables))
    usable = keys.identified()
    for name in unlinked:
        keys.link(name, single_links(tables[name], tables, usable))
    for name in unidentified:
        if not keys.primary[name]:
            keys.identify(name, further_key(tables[name], keys.foreign.get(name, []), tables))
    usable = keys.identified()
    for name in unlinked:
        keys.link(name, composite_links(tables[name], tables, usable))
    return keys


def _listed(columns: str | Iterable[str] | None) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else tuple(columns or ())


def _foreign_keys(name: str, keys: Any) -> list[ForeignKey]:
    if isinstance(keys, Mapping):
        return [ForeignKey(columns, parent) for columns, parent in keys.items()]
    try:
        return [k if isinstance(k, ForeignKey) else ForeignKey(k["column"], k["parent"]) for k in keys or ()]
    except (TypeError, KeyError):
        raise SchemaError(
            f"Table '{name}': a foreign key in keys is not a mapping of a 'column' (or a list of them) to a "
            f"'parent' table. Write it as {{'column': 'user', 'parent': 'users'}}."
        ) from None
