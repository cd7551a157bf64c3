"""Whether a staged table is what its schema says: a suite of expectations, and foreign keys counted."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

import dagster as dg
import pandas as pd

from synth_dagster.checks.expectations import broken, expectations, ill_typed
from synth_dagster.facts import TableFacts
from synth_dagster.store import Store
from synth_dagster.synthesis import Synthesis
from synth_dagster.translator import Role
from synth_models.data.keys import ORPHAN, find_rows

CHECK = "validity"


@final
@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was found of a version of a table.

    Args:
        version: Of the rows that were looked at.
        rows: How many.
        checked: How many things were checked.
        faults: A sentence for each that does not hold.
    """

    version: str
    rows: int
    checked: int
    faults: tuple[str, ...]

    def result(self, key: dg.AssetKey) -> dg.AssetCheckResult:
        """As Dagster shows it."""
        return dg.AssetCheckResult(
            asset_key=key,
            check_name=CHECK,
            passed=not self.faults,
            severity=dg.AssetCheckSeverity.ERROR,
            description="; ".join(f"{fault}" for fault in self.faults) or f"{self.checked} expectations hold",
            metadata={"rows": self.rows, "expectations": self.checked, "broken": list(self.faults)},
        )


def source_verdict(synthesis: Synthesis, store: Store, table: str) -> Verdict:
    """The verdict on a staged source table."""
    frame = store.frame(Role.SOURCE, table)
    return _verdict(frame, lambda parent: store.frame(Role.SOURCE, parent))


def synthetic_verdict(synthesis: Synthesis, store: Store, table: str) -> Verdict:
    """The verdict on a staged synthetic table; of a sample that was judged before, the one given then."""
    facts = store.facts_of(Role.SYNTHETIC, [table], "Materialize it first.")[table]
    kinds = {
        key["parent"]: Role.SOURCE if key["parent"] in synthesis.keep else Role.SYNTHETIC
        for key in facts.table["foreign_keys"]
    }
    faults = _strangers(store, facts, kinds)
    if faults:
        return Verdict(version=facts.version, rows=facts.rows, checked=len(kinds), faults=faults)
    noted = store.noted(_note(table))
    if noted and noted["version"] == facts.version:
        return Verdict(**{**noted, "faults": tuple(noted["faults"])})
    frame = store.frame(Role.SYNTHETIC, table)
    verdict = _verdict(frame, lambda parent: store.frame(kinds[parent], parent))
    store.note(_note(table), asdict(verdict))
    return verdict


def _strangers(store: Store, facts: TableFacts, kinds: Mapping[str, Role]) -> tuple[str, ...]:
    """Why the staged parents of a synthetic table cannot be those of its rows, whatever these are."""
    faults = []
    for parent, kind in sorted(kinds.items()):
        there, kept = store.facts(kind, parent), kind == Role.SOURCE
        if there is None:
            why = "is not staged"
        elif there.version == (facts.lineage["kept"][parent] if kept else facts.version):
            continue
        else:
            why = "is kept, and has changed since" if kept else "comes from another sample"
        faults.append(
            f"its keys to '{parent}' do not fit, as that table {why}: materialize all synthetic assets with "
            f"the same settings"
        )
    return tuple(faults)


def _note(table: str) -> str:
    return f"validity of synthetic {table}"


def _verdict(frame: pd.DataFrame, parent_frame: Callable[[str], pd.DataFrame]) -> Verdict:
    facts = TableFacts.of(frame)
    suite = expectations(facts)
    keys = facts.table["foreign_keys"]
    faults = [
        *broken(frame, suite),
        *ill_typed(frame),
        *(f for key in keys for f in _orphans(frame, key, parent_frame(key["parent"]))),
    ]
    return Verdict(
        version=facts.version,
        rows=len(frame),
        checked=len(suite) + len(keys) + len(facts.table["columns"]),
        faults=tuple(faults),
    )


def _orphans(frame: pd.DataFrame, key: Mapping[str, Any], parent: pd.DataFrame) -> list[str]:
    primary = TableFacts.of(parent).key_columns
    columns = [key["column"]] if isinstance(key["column"], str) else key["column"]
    rows = find_rows([frame[c] for c in columns], [parent[c] for c in primary])
    count = int((rows == ORPHAN).sum())
    if not count:
        return []
    return [
        f"{count} of {len(frame)} rows have a '{', '.join(columns)}' that is not a '{', '.join(primary)}' of "
        f"'{key['parent']}'"
    ]
