"""A data set as a folder: ``schema.json``, and per table a CSV (``.csv``, ``.csv.gz``) or Parquet file, or a
folder of Parquet files, which are read in the order of their names.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from synth_models.columns import COLUMN_TYPES
from synth_models.columns.base import Kind
from synth_models.columns.reading import Cells, date_format, decoded, is_plain_integers, read_key
from synth_models.data.relational import RelationalData
from synth_models.data.schema import KEY, Column, Schema, Table
from synth_models.data.staging import staged_folder
from synth_models.errors import DataError, SettingError, report_all

SCHEMA_FILE = "schema.json"
FORMATS = ("csv", "parquet")
_SUFFIXES = (".csv", ".csv.gz", ".parquet")
_BLOCK = 16 * 2**20
"""Bytes read at a time; no single row of a CSV may be longer."""


def read_schema(folder: Path) -> Schema:
    """What the tables of the folder are.

    Raises:
        DataError: If there is no folder, or no or an invalid schema file.
        SchemaError: If the schema file describes an inconsistent schema.
    """
    return Schema.from_dict(_read_description(folder, required=True))


def read_folder(
    folder: Path, schema: Schema | None = None, *, rows: Mapping[str, np.ndarray] | None = None
) -> tuple[dict[str, pd.DataFrame], Schema]:
    """Every table of the folder, typed by its schema.

    Args:
        folder: Where the files are. A table's file is the one its ``file`` entry in ``schema.json`` names,
            else ``<table>.csv``, ``<table>.csv.gz`` or ``<table>.parquet``.
        schema: What the tables are; None reads ``schema.json``. Of Parquet no other columns are read.
        rows: By table where the rows to keep are, ascending; None keeps all. Parquet is read batch by batch,
            and groups of rows (and files) without any of them are not read at all.

    Shapes:
        rows: (rows,) int64

    Returns:
        A frame per table (columns that the schema does not name are left out, columns the file does not have
        are absent), and the schema. Date columns in an unusual format have it added to their options, so that
        they are written in it again.

    Raises:
        DataError: With every fault: no folder, no or an invalid schema file, missing and unreadable files.
        SchemaError: If the schema file describes an inconsistent schema.
    """
    raw = _read_description(folder, required=schema is None)
    found = Schema.from_dict(raw) if schema is None else schema
    faults: list[str] = []
    cells: dict[str, dict[str, Cells]] = {}
    for name, table in found.tables.items():
        try:
            chosen = None if rows is None else rows[name]
            cells[name] = _read_table(name, _files_of(folder, name, raw), table, chosen)
        except _FileError as fault:
            faults.append(str(fault))
    report_all(DataError, f"The folder '{folder}' cannot be read", faults)
    frames = {name: _typed(name, cells, found) for name in found.tables}
    return frames, found if schema is not None else _with_formats(found, cells, frames)


def write_folder(data: RelationalData, folder: Path, format: str = "csv") -> None:
    """Write ``schema.json`` and one file per table.

    The files are written beside their place and renamed when all are complete, ``schema.json`` last: a folder
    that has one is whole. Tables of an earlier data set in the same folder are removed, other files stay.

    Raises:
        SettingError: If the format is not one of ``FORMATS``, or the folder is a file.
        DataError: If a column mixes values that Parquet cannot hold together.
    """
    if format not in FORMATS:
        raise SettingError(f"format: '{format}' is not one of {', '.join(FORMATS)}. Choose one of these.")
    if folder.exists() and not folder.is_dir():
        raise SettingError(f"The path '{folder}' is a file, not a folder. Choose another.")
    with staged_folder(folder, SCHEMA_FILE, _stale(folder, data)) as stage:
        description = data.schema.to_dict()
        faults = []
        for name, frame in data.items():
            file = f"{name}.{format}"
            description["tables"][name] |= {"file": file, "rows": len(frame)}
            faults += _write_file(name, frame, data.schema.tables[name], stage / file)
        report_all(DataError, "The data cannot be written as Parquet", faults)
        (stage / SCHEMA_FILE).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


class _FileError(Exception):
    """One thing that is wrong with a file."""


def _read_description(folder: Path, required: bool) -> Mapping[str, Any]:
    """What ``schema.json`` says; empty if it is not needed and says nothing usable."""
    path = folder / SCHEMA_FILE
    fault = f"The folder '{folder}' does not exist. Check the path." if not folder.is_dir() else ""
    if not fault and not path.is_file():
        fault = f"The folder '{folder}' has no '{SCHEMA_FILE}'. Add one (see the README), or pass a schema."
    if not fault:
        try:
            raw = json.loads(path.read_text(encoding="utf-8-sig"))
            if isinstance(raw, dict):
                return raw
            fault = f"The file '{path}' is not a JSON object. Write one with a 'tables' entry."
        except json.JSONDecodeError as error:
            fault = (
                f"The file '{path}' is not valid JSON (line {error.lineno}, column {error.colno}). Mend it."
            )
        except (OSError, UnicodeDecodeError) as error:
            fault = (
                f"The file '{path}' cannot be read ({type(error).__name__}). Check its rights and encoding."
            )
    if required or not folder.is_dir():
        raise DataError(fault)
    return {}


def _files_of(folder: Path, name: str, raw: Mapping[str, Any]) -> list[Path]:
    tables = raw.get("tables")
    spec = tables.get(name) if isinstance(tables, Mapping) else None
    named = spec.get("file") if isinstance(spec, Mapping) else None
    candidates = [str(named)] if named else [name + suffix for suffix in _SUFFIXES]
    for candidate in candidates:
        if (folder / candidate).is_file():
            return [folder / candidate]
        if files := sorted((folder / candidate).glob("*.parquet")):
            return files
    raise _FileError(
        f"Table '{name}': the folder has no file '{' or '.join(candidates)}'. Add it, or leave the table out."
    )


def _read_table(
    name: str, paths: Sequence[Path], table: Table, chosen: np.ndarray | None
) -> dict[str, Cells]:
    """The columns of the files that the schema names."""
    tables, start = [], 0
    for path in paths:
        rows, length = _read_file(name, path, table, chosen, start)
        tables.append(rows)
        start += length
    rows = tables[0] if len(tables) == 1 else pa.concat_tables(tables, promote_options="permissive")
    return {column: decoded(rows[column]) for column in table.columns if column in rows.column_names}


def _read_file(
    name: str, path: Path, table: Table, chosen: np.ndarray | None, start: int
) -> tuple[pa.Table, int]:
    """Of the columns that the schema names the rows chosen, counted from the start; and the file's length."""
    where = f"Table '{name}': the file '{path.name}'"
    ragged: list[int] = []
    try:
        if path.suffix == ".parquet":
            rows, length = _read_parquet(path, table, chosen, start)
        else:
            rows = pa_csv.read_csv(path, *_csv_options(table, ragged))
            length = len(rows)
            rows = rows if chosen is None else rows.take(_within(chosen, start, start + length))
    except MemoryError:  # Arrow's is one of its exceptions, too, and no fault of the file
        raise
    except (UnicodeDecodeError, pa.ArrowException, OSError) as error:
        raise _FileError(f"{where} {_unreadable(path, error)}") from None
    if ragged:
        raise _FileError(
            f"{where} has {len(ragged)} rows with more or fewer cells than the header. Mend them "
            f"(a comma in a text needs quotes around it)."
        )
    repeated = sorted({c for c in rows.column_names if rows.column_names.count(c) > 1} & table.columns.keys())
    if repeated:
        raise _FileError(f"{where} has the column {repeated} more than once. Rename or drop the repeats.")
    return rows, length


def _unreadable(path: Path, error: Exception) -> str:
    """What is wrong with a file that raised this when it was read."""
    if isinstance(error, UnicodeDecodeError) or "UTF8" in str(error):
        return "is not UTF-8 text. Save it as UTF-8."
    what = f"cannot be read ({type(error).__name__})" if path.stat().st_size else "is empty"
    return f"{what}. Write it anew, or leave the table out."


def _read_parquet(path: Path, table: Table, chosen: np.ndarray | None, start: int) -> tuple[pa.Table, int]:
    with pa_parquet.ParquetFile(path) as file:
        fields = [field for field in file.schema_arrow.remove_metadata() if field.name in table.columns]
        names = [field.name for field in fields]
        if chosen is None:
            rows = file.read(columns=names).replace_schema_metadata(None)
        else:
            rows = pa.Table.from_batches(_chosen_batches(file, names, chosen, start), pa.schema(fields))
        return rows, file.metadata.num_rows


def _chosen_batches(
    file: pa_parquet.ParquetFile, columns: list[str], chosen: np.ndarray, start: int
) -> Iterator[pa.RecordBatch]:
    for group in range(file.num_row_groups):
        end = start + file.metadata.row_group(group).num_rows
        if len(_within(chosen, start, end)):
            for batch in file.iter_batches(row_groups=[group], columns=columns):
                picked = batch.select(columns).take(_within(chosen, start, start + len(batch)))
                yield picked.replace_schema_metadata(None)
                start += len(batch)
        start = end


def _within(chosen: np.ndarray, start: int, end: int) -> np.ndarray:
    """Those of ascending positions that lie between, counted from the start."""
    return chosen[slice(*np.searchsorted(chosen, (start, end)))] - start


def _csv_options(table: Table, ragged: list[int]) -> tuple[Any, Any, Any]:
    def skip(row: Any) -> Literal["skip"]:
        ragged.append(row.actual_columns)
        return "skip"

    return (
        pa_csv.ReadOptions(block_size=_BLOCK),
        pa_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=skip),
        pa_csv.ConvertOptions(
            column_types=dict.fromkeys(table.columns, pa.string()), null_values=[""], strings_can_be_null=True
        ),
    )


def _typed(name: str, cells: Mapping[str, Mapping[str, Cells]], schema: Schema) -> pd.DataFrame:
    table = schema.tables[name]
    made = {}
    for column, values in cells[name].items():
        owner, referred = _referred(schema, name, column)
        kind = schema.tables[owner].columns[referred].type
        if kind == KEY or (column in table.linked and not COLUMN_TYPES.get(kind).kind.is_measure):
            parent = cells[owner].get(referred, values)
            made[column] = read_key(values, is_plain_integers(parent))
        else:
            made[column] = COLUMN_TYPES.get(kind).read(values)
    rows = len(next(iter(cells[name].values()))) if cells[name] else 0
    return pd.DataFrame(made, index=pd.RangeIndex(rows))


def _referred(schema: Schema, name: str, column: str) -> tuple[str, str]:
    """The (table, column) a key column refers to in the end; itself for a column that is no foreign key."""
    seen = set()
    while (name, column) not in seen:
        seen.add((name, column))
        key = next((k for k in schema.tables[name].foreign_keys if column in k.columns), None)
        if key is not None:
            place = key.columns.index(column)
            name, column = key.parent, schema.tables[key.parent].key_columns[place]
    return name, column


def _with_formats(
    schema: Schema, cells: Mapping[str, Mapping[str, Cells]], frames: Mapping[str, pd.DataFrame]
) -> Schema:
    tables = {}
    for name, table in schema.tables.items():
        columns = dict(table.columns)
        for column, spec in table.columns.items():
            if _is_time(spec) and column in frames[name] and "format" not in spec.options:
                written = date_format(cells[name][column], frames[name][column])
                columns[column] = Column(spec.type, {**spec.options, "format": written}) if written else spec
        tables[name] = Table(columns, table.primary_key, table.foreign_keys)
    return Schema(tables)


def _is_time(column: Column) -> bool:
    return column.type != KEY and COLUMN_TYPES.get(column.type).kind is Kind.TIME


def _stale(folder: Path, data: RelationalData) -> set[str]:
    """The files of an earlier data set, and files that would be taken for a table written anew."""
    tables = (
        _read_description(folder, required=False).get("tables") if (folder / SCHEMA_FILE).is_file() else {}
    )
    specs = tables.values() if isinstance(tables, Mapping) else []
    named = {str(spec["file"]) for spec in specs if isinstance(spec, Mapping) and "file" in spec}
    single = {file for file in named if Path(file).name == file and not (folder / file).is_dir()}
    return single | {n + suffix for n in data for suffix in _SUFFIXES}


def _write_file(name: str, frame: pd.DataFrame, table: Table, path: Path) -> list[str]:
    if path.suffix == ".csv":
        formats = {c: str(s.options["format"]) for c, s in table.columns.items() if s.options.get("format")}
        dates = {c: f for c, f in formats.items() if pd.api.types.is_datetime64_any_dtype(frame[c])}
        frame.assign(**{c: frame[c].dt.strftime(f) for c, f in dates.items()}).to_csv(path, index=False)
        return []
    faults = []
    columns = {}
    for column in frame.columns:
        try:
            columns[column] = pa.array(frame[column], from_pandas=True)
        except (pa.ArrowException, OverflowError):
            faults.append(
                f"Table '{name}': column '{column}' holds values of more than one type. Make them one, "
                f"or write CSV."
            )
    if not faults:
        pa_parquet.write_table(pa.table(columns), path)
    return faults
