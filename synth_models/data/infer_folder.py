"""The tables of a folder of files that has no ``schema.json``."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pa_parquet

from synth_models.data.folder import read_folder
from synth_models.data.schema import Schema, Table
from synth_models.errors import DataError, report_all

_SUFFIXES = (".parquet", ".csv.gz", ".csv")


def read_files(folder: Path) -> dict[str, pd.DataFrame]:
    """A frame for every CSV (``.csv``, ``.csv.gz``) or Parquet file of a folder, by its name.

    Columns of Parquet files keep their types; those of CSV files are whole numbers if all cells are, else
    texts.

    Raises:
        DataError: If there is no such folder or file, or one cannot be read.
    """
    files = {
        path.name.removesuffix(suffix): path
        for suffix in _SUFFIXES
        for path in sorted(folder.glob(f"*{suffix}"))
        if path.is_file()
    }
    if not files:
        raise DataError(
            f"The folder '{folder}' does not exist, or has no .csv, .csv.gz or .parquet file. Check the path."
        )
    headers, faults = {}, []
    for name, path in files.items():
        try:
            headers[name] = _header(path)
        except (OSError, UnicodeDecodeError, ValueError, pa.ArrowException) as error:
            faults.append(f"The file '{path.name}' cannot be read ({type(error).__name__}). Write it anew.")
    report_all(DataError, f"The folder '{folder}' cannot be read", faults)
    # Whatever it is, it can be read as a category: what it is gets guessed from the values.
    schema = Schema({name: Table(dict.fromkeys(columns, "categorical")) for name, columns in headers.items()})
    return read_folder(folder, schema)[0]


def _header(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        return pa_parquet.read_schema(path).names
    return [str(column) for column in pd.read_csv(path, nrows=0, dtype=str)]
