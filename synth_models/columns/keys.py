"""New values for key columns, in the form of the real ones."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any, final
from uuid import UUID

import numpy as np
import pandas as pd
import pyarrow as pa

from synth_models.columns.base import MIN_COUNT, threshold
from synth_models.columns.dtypes import ColumnDtype, as_dtype, ungrouped
from synth_models.columns.key_patterns import Patterns
from synth_models.columns.key_serials import Serial, Spread, new_year
from synth_models.columns.number_values import exact_numbers
from synth_models.columns.seen import Seen
from synth_models.columns.time_format import TimeFormat, has_moments, time_faults

__all__ = ["KeyFormat", "as_dtype"]

_WIDER = 40  # rounds of drawing, each from more texts if the one before found few
_DAY = 86_400  # seconds
_DATE = re.compile(r"\d{2,4}[-/.]\d\d?[-/.]\d{2,4}")


@final
@dataclass(frozen=True)
class KeyFormat:
    """What keys of a column look like, and what they are made like.

    Whole numbers without many gaps, and days or times at equal steps, are numbered through, from a round
    number; numbers within a group (the lines of an order) within the group. All others (texts, UUIDs, account
    numbers) are drawn from their patterns and are never real ones: a set of hashes tells which are.

    Args:
        column: The dtype of the column.
        kind: What the values are: text, integer, float, decimal, uuid, boolean, time.
        serial: For keys that are numbered through.
        source: For all others.
        seen: Tells which of these are real.
        times: The form of days and times.
        public: The real keys, as texts, where these may come out again.
    """

    column: ColumnDtype
    kind: str = "text"
    serial: Serial | None = None
    source: Patterns | Spread | None = None
    seen: Seen | None = None
    times: TimeFormat | None = None
    public: tuple[str, ...] = ()

    @classmethod
    def reference(cls, values: pd.Series) -> "KeyFormat":
        """Of a column whose values are those of another table's key: only the dtype."""
        return cls(ColumnDtype.of(values))

    @classmethod
    def fit(
        cls,
        values: pd.Series,
        groups: np.ndarray | None = None,
        *,
        entities: np.ndarray | None = None,
        seed: int = 0,
        min_count: int = MIN_COUNT,
        public: bool = False,
        seen: Seen | None = None,
    ) -> "KeyFormat":
        """Learn the form of a column's values; no value itself is kept.

        Args:
            values: The column.
            groups: (rows,) int, the other columns of a composite key, where the column is part of one.
            entities: (rows,) int, whose row it is; None for every row its own.
            seed: Makes the randomised parts reproducible.
            min_count: Entities that must share a pattern before it may be stored.
            public: Whether the real keys are no secret (codes of countries): they are kept, and come out
                again before any other.
            seen: That of an earlier fit: what was real then does not come out either.
        """
        dtype = ColumnDtype.of(values)
        given = values.notna().to_numpy(dtype=bool)
        values = ungrouped(values)[given]
        groups = None if groups is None else np.asarray(groups)[given]
        entities = None if entities is None else np.asarray(entities)[given]
        kind = _kind(values)
        times = TimeFormat.of(values) if kind == "time" else None
        numbers = _whole(values, times)
        unit = _DAY if times and numbers is not None and not (numbers % _DAY).any() else 1
        serial = None if public or numbers is None else Serial.of(numbers, groups, unit)
        if serial:
            if times and numbers is not None and len(numbers):
                serial = replace(serial, start=new_year(int(numbers.min()), int(numbers[0]), serial.step))
            return cls(dtype, kind, serial, times=times)
        least, rng = threshold(values, min_count, seed), np.random.default_rng(seed)
        texts = _texts(values if numbers is None else numbers)
        source: Patterns | Spread
        if times and numbers is not None:
            source = Spread.of(numbers, unit, least, entities)
        else:
            source = Patterns.fit(texts, least, entities)
        kept = tuple(pd.unique(texts)) if public else ()
        known = Seen.of(texts, rng) if seen is None else seen.grow(texts, rng)
        return cls(dtype, kind, None, source, known, times, kept)

    @property
    def dtype(self) -> str:
        """The name of the dtype."""
        return self.column.name

    def make(self, n: int, rng: np.random.Generator, groups: np.ndarray | None = None) -> pd.Series:
        """``n`` keys, different from each other (within a group, if they are numbered there).

        Args:
            n: How many.
            rng: Where the draws come from.
            groups: (n,) int, the other columns of a composite key.

        Shapes:
            returns: (n,)
        """
        if self.serial is not None:
            return self._written(self.serial.make(n, groups))
        known = np.array(self.public, dtype=object)[rng.permutation(len(self.public))][:n]
        return self._written(np.concatenate([known, self._fresh(n - len(known), rng)]))

    def _fresh(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Texts of (n,) different keys that are not real."""
        made, source = np.empty(0, dtype=object), self.source
        for _ in range(_WIDER):
            missing = n - len(made)
            if missing <= 0 or source is None:
                break
            texts = source.draw(2 * missing + 16, rng)
            texts = texts[self._fits(texts)]
            if self.seen is not None:
                texts = texts[~self.seen.knows(texts)]
            made = pd.unique(np.concatenate([made, texts]))
            if n - len(made) > missing / 2:  # hardly any others are left
                source = source.wider()
        if len(made) < n:  # the dtype holds hardly more keys than there are
            made = pd.unique(np.concatenate([made, np.arange(2 * n).astype(str).astype(object)]))
        return made[:n]

    def _fits(self, texts: np.ndarray) -> np.ndarray:
        """Which texts are values of the column, written as they would be. Shapes: (texts,) bool."""
        if self.kind != "integer":
            return np.ones(len(texts), dtype=bool)
        dtype = self.column.value
        whole = pd.api.types.is_integer_dtype(dtype)
        bounds = np.iinfo(getattr(dtype, "numpy_dtype", dtype) if whole else np.int64)
        numbers = texts.astype(np.float64)
        inside = (numbers >= float(bounds.min)) & (numbers <= np.nextafter(float(bounds.max), 0))
        bare = np.char.lstrip(texts.astype(str), "-")
        return inside & ~(np.char.startswith(bare, "0") & (np.char.str_len(bare) > 1))

    def _written(self, keys: np.ndarray) -> pd.Series:
        """Whole numbers, or texts of keys, as a column."""
        if self.times is not None:
            return self.times.write(keys.astype(np.float64))
        if self.kind in ("integer", "boolean"):
            numbers = pd.Series(keys.astype(np.int64))
            return self.column.write(numbers % 2 == 1 if self.kind == "boolean" else numbers)
        if self.kind == "float":
            return self.column.write(pd.Series(keys.astype(np.float64)))
        makers = {"uuid": UUID, "decimal": Decimal}
        texts = pd.Series(keys, dtype=object).astype(str).astype(object)
        return self.column.write(texts.map(makers[self.kind]) if self.kind in makers else texts)

    def state(self) -> dict[str, Any]:
        """Plain data and tensors; ``from_state`` is the inverse."""
        return {
            "column": self.column.state(),
            "kind": self.kind,
            "serial": None if self.serial is None else asdict(self.serial),
            "spread": asdict(self.source) if isinstance(self.source, Spread) else None,
            "patterns": self.source.state() if isinstance(self.source, Patterns) else None,
            "seen": None if self.seen is None else self.seen.state(),
            "times": None if self.times is None else self.times.state(),
            "public": list(self.public),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "KeyFormat":
        """The format a checkpoint holds."""
        source: Patterns | Spread | None = Spread(**state["spread"]) if state["spread"] else None
        if state["patterns"]:
            source = Patterns.from_state(state["patterns"])
        return cls(
            ColumnDtype.from_state(state["column"]),
            state["kind"],
            Serial(**state["serial"]) if state["serial"] else None,
            source,
            Seen.from_state(state["seen"]) if state["seen"] else None,
            TimeFormat.from_state(state["times"]) if state["times"] else None,
            tuple(state["public"]),
        )


def _texts(values: pd.Series | np.ndarray) -> np.ndarray:
    """The values, none missing, as (n,) texts; numbers by Arrow, which writes them many times faster."""
    if isinstance(values, np.ndarray):
        return pa.array(values).cast(pa.string()).to_numpy(zero_copy_only=False)
    return values.astype(str).to_numpy(dtype=object)


def _kind(values: pd.Series) -> str:
    """What the values, none missing, are."""
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_numeric_dtype(values):
        numbers = exact_numbers(values)[0]
        return "integer" if (numbers == np.rint(numbers)).all() else "float"
    if has_moments(values):
        return "time"
    first = next(iter(values.head(1)), "")
    if isinstance(first, (bool, int, float, dt.date)):
        same = values.map(type).nunique() == 1
        kind = {bool: "boolean", int: "integer", float: "float"}.get(type(first), "time")
        return kind if same else "text"
    if isinstance(first, str) and _DATE.match(first) and not time_faults(values):
        return "time"
    return {UUID: "uuid", Decimal: "decimal"}.get(type(first), "text")


def _whole(values: pd.Series, times: TimeFormat | None) -> np.ndarray | None:
    """The values as int64: whole numbers, or whole seconds since 1970; None if they are neither."""
    if times is not None:
        seconds = times.read(values)
        return np.rint(seconds).astype(np.int64) if not np.isnan(seconds).any() else None
    kinds = (bool, int, Decimal)
    if not pd.api.types.is_numeric_dtype(values) and not all(isinstance(v, kinds) for v in values.head(1)):
        return None
    numbers = exact_numbers(values)[0]
    if len(numbers) and ((numbers != np.rint(numbers)).any() or np.abs(numbers.astype(float)).max() >= 2**63):
        return None
    return numbers.astype(np.int64)
