"""Whose rows are made, and how many; whose are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from synth_models.choices import SynthMode
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema
from synth_models.errors import DataError, SettingError, report_all
from synth_models.graph.implied import ImpliedKey


@final
@dataclass(frozen=True)
class SamplePlan:
    """What to sample.

    Args:
        mode: Where the foreign keys come from.
        n_samples: Rows to make, by table; a table that is not named is kept.
        original: The original data, where some of it is used.
        implied: The keys that the rows of the data imply.
    """

    mode: SynthMode
    n_samples: Mapping[str, int]
    original: RelationalData | None
    implied: tuple[ImpliedKey, ...] = ()

    def kept(self, table: str) -> bool:
        """Whether the table's original rows are used."""
        return table not in self.n_samples

    def implied_by(self, table: str, key: str) -> ImpliedKey | None:
        """How a key of a table is implied by rows that are made; None if it is not."""
        for one in self.implied:
            if (one.table, one.foreign_key.name) == (table, key) and not self.kept(one.child):
                return one
        return None


def make_plan(
    schema: Schema,
    trained_rows: Mapping[str, int],
    original: RelationalData | None,
    n_samples: Mapping[str, int] | None,
    mode: SynthMode | str,
) -> SamplePlan:
    """A consistent plan from the arguments of ``Model.sample``.

    Raises:
        SettingError: For an unknown mode, unknown tables, negative sizes, or a kept table below a new one.
        DataError: If original rows are needed and none were given.
    """
    try:
        mode = SynthMode(mode)
    except ValueError as error:
        raise SettingError(
            f"mode: '{mode}' is not one of {', '.join(m.value for m in SynthMode)}."
        ) from error
    if mode is SynthMode.ORIGINAL_FKS:
        if original is None:
            raise DataError("mode 'original_fks' needs original_data, whose keys it uses. Pass it.")
        return SamplePlan(mode, original.n_rows, original)
    if n_samples is None:
        return SamplePlan(mode, original.n_rows if original is not None else dict(trained_rows), original)
    faults = [
        f"n_samples: table '{name}' is not in the schema (there are: {', '.join(schema.tables)})."
        for name in n_samples
        if name not in schema.tables
    ]
    faults += [
        f"n_samples: table '{n}' has {size} rows; expected 0 or more."
        for n, size in n_samples.items()
        if size < 0
    ]
    for name, table in schema.tables.items():
        if name in n_samples:
            continue
        faults += [
            f"n_samples: table '{name}' is kept (it is left out of n_samples), but its parent "
            f"'{key.parent}' is made anew, so its keys would point nowhere. Keep '{key.parent}' too, "
            f"or give '{name}' a size."
            for key in table.foreign_keys
            if key.parent in n_samples
        ]
    report_all(SettingError, "The tables to sample", faults)
    kept = [name for name in schema.tables if name not in n_samples]
    if kept and original is None:
        raise DataError(f"original_data is needed to keep the rows of: {', '.join(kept)}. Pass it.")
    return SamplePlan(mode, dict(n_samples), original)
