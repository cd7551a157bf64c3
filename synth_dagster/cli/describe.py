"""What is declared of a warehouse and what was guessed on top, as ``TableSpec`` says it."""

from collections.abc import Mapping
from typing import Any

from synth_dagster.cli.document import Noted
from synth_dagster.warehouse.base import WarehouseKey, WarehouseTable
from synth_models.data.infer_guess import BROKEN, FOREIGN, LEFT_OUT, PRIMARY, TYPE, Guess, Inference
from synth_models.data.schema import ForeignKey

_GUESSED_KIND = "categorical"  # what a text of a database is, as long as nobody has looked at it


def known_keys(tables: Mapping[str, WarehouseTable]) -> dict[str, dict[str, Any]]:
    """The keys that the warehouse declares for these tables, as ``infer`` takes them.

    Of a table that declares none they are left to be guessed. Keys that lead to other tables, or not to a
    primary key, are dropped.
    """
    known: dict[str, dict[str, Any]] = {}
    for name, table in tables.items():
        said: dict[str, Any] = {"primary_key": table.primary_key} if table.primary_key else {}
        if table.foreign_keys:
            keys = [(_ordered(key, tables), key.parent) for key in table.foreign_keys]
            said["foreign_keys"] = [ForeignKey(columns, parent) for columns, parent in keys if columns]
        known |= {name: said} if said else {}
    return known


def described(found: Inference, there: Mapping[str, WarehouseTable]) -> dict[str, Any]:
    """What YAML says of every table, with the reason for each guess."""
    return {name: _table(name, found, there[name]) for name in found.schema.tables}


def summary(found: Inference, rows: Mapping[str, int]) -> str:
    """The tables and keys for people to read."""
    lines = [("table", "rows", "primary key", "foreign keys")]
    for name, n in rows.items():
        if name not in found.schema.tables:
            lines.append((name, f"{n:,}", "left out: no rows", ""))
            continue
        table = found.schema.tables[name]
        primary = found.of(name, PRIMARY)
        keys = [f"{key.name} -> {key.parent}{_doubt(found, name, key.columns)}" for key in table.foreign_keys]
        known = ", ".join(table.key_columns) or "none"
        lines.append(
            (name, f"{n:,}", known + "".join(f" ({g.confidence:.2f})" for g in primary), "; ".join(keys))
        )
    widths = [max(len(line[place]) for line in lines) for place in range(3)]
    shown = [
        "  ".join([*(cell.ljust(w) for cell, w in zip(line, widths, strict=False)), line[3]])
        for line in lines
    ]
    return "\n".join(
        [*(line.rstrip() for line in shown), "", "In brackets: how sure a guess is; the others are declared."]
    )


def _table(name: str, found: Inference, there: WarehouseTable) -> Noted:
    table = found.schema.tables[name]
    entry: dict[str, Any] = {}
    for guess in found.of(name, PRIMARY):
        entry["primary_key"] = Noted(_one_or_all(guess.columns), _note(guess))
    guesses = {guess.columns: guess for guess in found.of(name, FOREIGN)}
    keys = [
        Noted(
            {"column": _one_or_all(key.columns), "parent": key.parent},
            _note(guesses[key.columns]) if key.columns in guesses else "declared by the database",
        )
        for key in table.foreign_keys
    ]
    if guesses or len(keys) < len(there.foreign_keys):
        entry["foreign_keys"] = Noted(keys, "" if guesses else "without those that cannot be used")
    types = {
        guess.columns[0]: Noted(guess.value, _note(guess))
        for guess in found.of(name, TYPE)
        if there.columns[guess.columns[0]].kind == _GUESSED_KIND != guess.value
    }
    entry |= {"columns": types} if types else {}
    out = _left_out(name, found, there)
    entry |= {"leave_out": out} if out else {}
    broken = "; ".join(
        f"{', '.join(g.columns)} may be a key to {g.value}: {g.why}" for g in found.of(name, BROKEN)
    )
    return Noted(entry, broken)


def _left_out(name: str, found: Inference, there: WarehouseTable) -> list[Noted]:
    unknown = [
        Noted(column, f"the type {spec.label} is not supported")
        for column, spec in there.columns.items()
        if spec.kind is None and column not in there.primary_key
    ]
    return [*unknown, *(Noted(guess.columns[0], guess.why) for guess in found.of(name, LEFT_OUT))]


def _ordered(key: WarehouseKey, tables: Mapping[str, WarehouseTable]) -> tuple[str, ...]:
    """The columns of the key in the order of the primary key it leads to; none if it does not lead to one."""
    parent = tables.get(key.parent)
    primary = parent.primary_key if parent is not None else ()
    mine = dict(zip(key.parent_columns or primary, key.columns, strict=False))
    return tuple(mine[column] for column in primary) if mine.keys() == set(primary) else ()


def _note(guess: Guess) -> str:
    return f"{guess.confidence:.2f}: {guess.why}"


def _one_or_all(columns: tuple[str, ...]) -> str | list[str]:
    return columns[0] if len(columns) == 1 else list(columns)


def _doubt(found: Inference, table: str, columns: tuple[str, ...]) -> str:
    told = [guess for guess in found.of(table, FOREIGN) if guess.columns == columns]
    return f" ({told[0].confidence:.2f})" if told else ""
