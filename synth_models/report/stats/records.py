"""What privacy is measured on: the rows of a table, or whole entities, each as one record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from synth_models.report.side import Kind, Side
from synth_models.report.stats.summaries import summaries
from synth_models.report.trial import Trial


@final
@dataclass(frozen=True, kw_only=True)
class Records:
    """Records of the same columns on both sides.

    Args:
        table: Where they come from.
        kinds: How each column is compared.
        real: Of the data trained on.
        other: Of the other side.
        unseen: Real ones that neither side was made from; None if there are none.
        seen: As many of those trained on, cut out of them as these were; None if there are none unseen.
        entities: Whose each real record is.

    Shapes:
        entities: (rows of real,) int64
    """

    table: str
    kinds: Mapping[str, Kind]
    real: pd.DataFrame
    other: pd.DataFrame
    unseen: pd.DataFrame | None
    seen: pd.DataFrame | None
    entities: np.ndarray


def row_records(trial: Trial, table: str) -> Records | None:
    """The rows of a table; None if it has no columns to compare."""
    kinds = trial.real.columns(table)
    if not kinds:
        return None
    unseen = trial.unseen_rows(table)
    return Records(
        table=table,
        kinds=kinds,
        real=trial.real.table(table),
        other=trial.other.table(table),
        unseen=None if unseen is None else unseen.table(table),
        seen=None if unseen is None else _seen(trial).table(table),
        entities=trial.real.entities[table],
    )


def rows(trial: Trial) -> Iterator[Records]:
    """The rows of every table that has columns to compare."""
    for table in trial.tables():
        records = row_records(trial, table)
        if records is not None:
            yield records


def entities(trial: Trial) -> Iterator[Records]:
    """The entities of every table that has children in its families, at every level (people, and their
    orders): its columns and its children's summaries (those of ``c2st_agg``).
    """
    for table in entity_tables(trial):
        yield entity_records(trial, table)


def entity_records(trial: Trial, table: str) -> Records:
    """The entities of a table."""
    asked = ("entities", table)
    if asked not in trial.memo:
        unseen = trial.unseen_rows(table)
        real, own = _whole(trial.real, table), trial.real.columns(table)
        trial.memo[asked] = Records(
            table=table,
            kinds={name: own.get(name, Kind.NUMBER) for name in map(str, real)},
            real=real,
            other=_whole(trial.other, table),
            unseen=None if unseen is None else _whole(unseen, table),
            seen=None if unseen is None else _whole(_seen(trial), table),
            entities=trial.real.entities[table],
        )
    return trial.memo[asked]


def entity_tables(trial: Trial) -> list[str]:
    """The tables whose rows have children in their families."""
    families, schema = trial.real.families, trial.real.schema
    above = {
        key.parent
        for name, table in schema.tables.items()
        for key in table.foreign_keys
        if key.name == families[name]
    }
    return [name for name in trial.tables() if name in above]


def _whole(side: Side, table: str) -> pd.DataFrame:
    return pd.concat([side.table(table), summaries(side, table)], axis=1)


def _seen(trial: Trial) -> Side:
    """As many families of the data trained on as are held out, without the rows that point out of them.

    Who comments on what others write loses most of it where few are held out: held against all that was
    trained on, such entities would be unlike any.
    """
    assert trial.held_out is not None
    if "seen" not in trial.memo:
        theirs = trial.held_out.n_rows
        roots = [t for t in trial.unseen if trial.real.families[t] is None] or list(trial.unseen)
        ratio = sum(theirs[t] for t in roots) / max(1, sum(trial.real.n_rows[t] for t in roots))
        real = trial.real.data
        trial.memo["seen"] = Side(real.split(ratio, seed=trial.seed)[0]) if 0 < ratio < 1 else trial.real
    return trial.memo["seen"]
