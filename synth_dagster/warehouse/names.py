"""What tables are called: by their name, or by schema and name where several schemas are meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from synth_models.errors import SchemaError


def quoted(identifier: str) -> str:
    """An identifier that may hold anything, as SQL takes it."""
    return '"' + identifier.replace('"', '""') + '"'


def listed(identifiers: Sequence[str]) -> str:
    """Quoted identifiers with commas between."""
    return ", ".join(quoted(identifier) for identifier in identifiers)


@final
@dataclass(frozen=True)
class Schemas:
    """The schemas of a database that are meant.

    Args:
        names: One, whose tables are then called by their name; or several, whose tables are then called
            ``schema.table``.
        suffix: What the names end with that is no part of what the tables are called (of kept versions).

    Example:
        >>> Schemas(("main",)).split("orders")
        ('main', 'orders')
        >>> Schemas(("sales", "staff")).split("sales.orders")
        ('sales', 'orders')
        >>> Schemas(("sales", "staff")).at("__v1").split("sales.orders")
        ('sales__v1', 'orders')
    """

    names: tuple[str, ...]
    suffix: str = ""

    @classmethod
    def of(cls, one: str, several: Sequence[str]) -> "Schemas":
        """The several, if there are any, else the one."""
        return cls(tuple(dict.fromkeys(several)) or (one,))

    def at(self, suffix: str) -> "Schemas":
        """The schemas beside these whose names end so; their tables are called as those of these."""
        return Schemas(tuple(f"{name}{suffix}" for name in self.names), suffix)

    def name(self, schema: str, table: str) -> str:
        """What a table of a schema is called."""
        return table if self.names == (schema,) else f"{schema.removesuffix(self.suffix)}.{table}"

    def split(self, name: str) -> tuple[str, str]:
        """The schema and the table of that name.

        Raises:
            SchemaError: If there are several schemas and the name begins with none of them.
        """
        if len(self.names) == 1:
            return self.names[0], name
        for schema in sorted(self.names, key=len, reverse=True):
            called = f"{schema.removesuffix(self.suffix)}."
            if name.startswith(called) and len(name) > len(called):
                return schema, name.removeprefix(called)
        raise SchemaError(
            f"Table '{name}': its name does not begin with one of the schemas {', '.join(self.names)}. "
            f"Call it schema.table, or add its schema under schemas."
        )
