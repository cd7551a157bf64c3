"""Rows in Arrow: which type each kind of column has, and the ways to and from pandas."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

ARROW_TYPES: dict[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "numeric": pa.float64(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "time": pa.time64("us"),
    "duration": pa.duration("us"),
}
"""The Arrow type of a column by its kind; every other kind is text. Times have no zone and are in UTC."""

_FRAME_TYPES = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
_MISSING = np.uint64(0x9E3779B97F4A7C15)
_FACTOR = np.uint64(0x100000001B3)


def arrow_type(kind: str | None) -> pa.DataType:
    """The Arrow type of a column of this kind."""
    return ARROW_TYPES.get(kind or "", pa.string())


def arrow_schema(kinds: Mapping[str, str | None]) -> pa.Schema:
    """The Arrow schema of columns of these kinds."""
    return pa.schema([pa.field(name, arrow_type(kind)) for name, kind in kinds.items()])


def kind_of_arrow(kind: pa.DataType) -> str:
    """The kind of column that values of this Arrow type fit best."""
    checks = {
        "boolean": pa.types.is_boolean,
        "integer": pa.types.is_integer,
        "numeric": lambda t: pa.types.is_floating(t) or pa.types.is_decimal(t),
        "date": pa.types.is_date,
        "datetime": pa.types.is_timestamp,
        "time": pa.types.is_time,
        "duration": pa.types.is_duration,
    }
    return next((name for name, check in checks.items() if check(kind)), "categorical")


def to_frame(kinds: Mapping[str, str | None], batches: Iterable[pa.RecordBatch]) -> pd.DataFrame:
    """Batches of columns of these kinds as a frame.

    The dtypes are bool, int64, float64, datetime64[us] (of dates too), timedelta64[us] and objects (texts and
    times of day). Integers and booleans with missing values become the nullable dtypes Int64 and boolean.
    """
    return framed(pa.Table.from_batches(batches, arrow_schema(kinds)))


def framed(table: pa.Table) -> pd.DataFrame:
    """Rows as a frame, with the dtypes that ``to_frame`` tells."""
    times = [pa.timestamp("us") if pa.types.is_date(field.type) else field.type for field in table.schema]
    table = table.cast(pa.schema([pa.field(f.name, t) for f, t in zip(table.schema, times, strict=True)]))
    frame = table.to_pandas(types_mapper=_FRAME_TYPES.get)
    plain = {
        name: "int64" if frame[name].dtype == pd.Int64Dtype() else "bool"
        for name in frame.columns
        if frame[name].dtype in _FRAME_TYPES.values() and not frame[name].isna().any()
    }
    return frame.astype(plain)


def to_reader(
    rows: pd.DataFrame | pa.RecordBatchReader, columns: Sequence[str], batch_rows: int
) -> pa.RecordBatchReader:
    """These columns of the rows as a stream of plain Arrow types: no dictionaries, large texts or zones."""
    if isinstance(rows, pd.DataFrame):
        rows = pa.Table.from_pandas(rows[list(columns)], preserve_index=False).to_reader(batch_rows)
    fields = [pa.field(name, _plain(rows.schema.field(name).type)) for name in columns]
    return cast_reader(rows, pa.schema(fields))


def cast_reader(rows: pa.RecordBatchReader, schema: pa.Schema) -> pa.RecordBatchReader:
    """The columns of the schema, converted to its types batch by batch."""

    def cast() -> Iterator[pa.RecordBatch]:
        for batch in rows:
            columns = [_cast(batch.column(field.name), field.type) for field in schema]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, cast())


def spans_as_numbers(rows: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """The same with whole microseconds for time spans, for files that cannot hold those."""
    kinds = [pa.int64() if pa.types.is_duration(field.type) else field.type for field in rows.schema]
    fields = [pa.field(field.name, kind) for field, kind in zip(rows.schema, kinds, strict=True)]
    return cast_reader(rows, pa.schema(fields))


def pieces(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of at most ``rows`` rows; batches without any are left out."""
    for batch in batches:
        for start in range(0, batch.num_rows, rows):
            yield batch.slice(start, rows)


def version_of(batches: Iterable[pa.RecordBatch]) -> tuple[int, str]:
    """How many rows there are, and a version that does not depend on their order.

    For databases without a hash of their own. A sum counts repeated rows, unlike XOR.
    """
    rows, total = 0, np.uint64(0)
    with np.errstate(over="ignore"):
        for batch in batches:
            mixed = np.zeros(batch.num_rows, dtype=np.uint64)
            for column in batch.columns:
                mixed = mixed * _FACTOR ^ _hashed(column)
            total += pd.util.hash_array(mixed).sum(dtype=np.uint64)
            rows += batch.num_rows
    return rows, hashlib.sha256(f"{rows} {total}".encode()).hexdigest()[:16]


def _hashed(column: pa.Array) -> np.ndarray:
    """A number per value, the same for the same value in every batch."""
    if pa.types.is_string(column.type):
        values: Any = column.fill_null("").to_numpy(zero_copy_only=False)
    elif pa.types.is_boolean(column.type) or pa.types.is_floating(column.type):
        values = column.cast(pa.float64()).fill_null(0).to_numpy(zero_copy_only=False)
    else:
        width = pa.int32() if column.type.bit_width == 32 else pa.int64()
        values = column.view(width).cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    missing = column.is_null().to_numpy(zero_copy_only=False)
    return np.where(missing, _MISSING, pd.util.hash_array(values, categorize=False))


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")
    if pa.types.is_duration(kind):
        return pa.duration("us")
    if pa.types.is_time(kind):
        return pa.time64("us")
    return pa.date32() if pa.types.is_date(kind) else kind


def _cast(column: Any, kind: Any) -> pa.Array:
    if pa.types.is_timestamp(column.type) and pa.types.is_timestamp(kind) and kind.tz != column.type.tz:
        naive = column if column.type.tz is None else column.cast(pa.timestamp(column.type.unit))
        column = naive if kind.tz is None else naive.cast(kind)
    # Finer fractions than microseconds are cut off.
    options: Any = pc.CastOptions(target_type=kind, allow_time_truncate=True)
    return column.cast(options=options)
