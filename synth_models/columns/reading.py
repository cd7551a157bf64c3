"""Cells of a file as a typed column: by the declared type, without changing what a value looks like.

A cell that does not fit its type leaves the column as text, so that ``RelationalData`` can count such cells.
"""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.tseries.api import guess_datetime_format

from synth_models.columns.dtypes import nullable

Cells = pa.ChunkedArray
"""One column as read from a file: text from a CSV, any type from Parquet; null where the cell is empty."""

NULL_WORDS = ("NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL", "None", "<NA>", "NaT")
"""Spellings of a missing number or date. In a text or categorical column they are values like any other."""

_PLAIN_INTEGER = r"^(0|-?[1-9][0-9]{0,17})$"
_LARGEST_EXACT = 2.0**53
_FORMAT_SAMPLE = 1000


def decoded(cells: Cells) -> Cells:
    """The cells with dictionary encoding and exotic text types resolved."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    if pa.types.is_large_string(cells.type) or pa.types.is_string_view(cells.type):
        cells = cells.cast(pa.string())
    return cells


def is_plain_integers(cells: Cells) -> bool:
    """Whether there are values and all are integers without leading zeros, signs or decimals to lose."""
    if pa.types.is_integer(cells.type):
        return True
    if pa.types.is_floating(cells.type):
        return _whole(cells) is not None
    if not pa.types.is_string(cells.type) or cells.null_count == len(cells):
        return False
    return bool(pc.all(pc.match_substring_regex(cells, _PLAIN_INTEGER)).as_py())


def read_key(cells: Cells, as_integers: bool) -> pd.Series:
    """The cells of a key column.

    Args:
        cells: The column.
        as_integers: Whether the key it refers to (or is) consists of plain integers.

    Returns:
        int64 or Int64 if ``as_integers`` and every value is one; else objects: integers where they are asked
        for and a value is one, text elsewhere.
    """
    cells = decoded(cells)
    if pa.types.is_floating(cells.type) or not pa.types.is_string(cells.type):
        return native(cells, whole=True)
    if not as_integers:
        return _pandas(cells)
    if cells.null_count == len(cells) or is_plain_integers(cells):
        return _pandas(cells.cast(pa.int64()))
    values = _pandas(cells)
    plain = values.str.fullmatch(_PLAIN_INTEGER[1:-1], na=False).astype(bool)
    return values.where(~plain, pd.to_numeric(values.where(plain)).astype("Int64").astype(object))


def date_format(cells: Cells, values: pd.Series) -> str | None:
    """The format to write these dates in again, where it is not the one they would be written in anyway."""
    if not pa.types.is_string(cells.type) or not pd.api.types.is_datetime64_any_dtype(values):
        return None
    given = values.dropna()
    if given.empty:
        return None
    texts = _pandas(cells).loc[given.index[:_FORMAT_SAMPLE]]
    usual = "%Y-%m-%d" if (given == given.dt.normalize()).all() else "%Y-%m-%d %H:%M:%S"
    for written in (usual, *_formats(texts.iloc[0])):
        if given.iloc[:_FORMAT_SAMPLE].dt.strftime(written).eq(texts).all():
            return None if written == usual else written
    return None


def _pandas(cells: "Cells | pa.BooleanArray") -> pd.Series:
    mapper = _nullable if cells.null_count else _exact
    return cells.to_pandas(types_mapper=mapper).reset_index(drop=True)


def _exact(kind: pa.DataType) -> Any:
    """The dtype of what pandas has no dtype of its own for, and would make objects of; else None."""
    objects = (pa.types.is_decimal, pa.types.is_date, pa.types.is_time, pa.types.is_nested)
    return pd.ArrowDtype(kind) if any(is_kind(kind) for is_kind in objects) else None


def _nullable(kind: pa.DataType) -> Any:
    """The same where values are missing: whole numbers stay whole."""
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return pd.api.types.pandas_dtype(nullable(str(np.dtype(kind.to_pandas_dtype()))))
    return _exact(kind)


def _cast(cells: Cells, to: pa.DataType) -> Cells | None:
    try:
        return cells.cast(to)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _present(cells: Cells) -> Cells:
    """Text of numbers and dates without surrounding blanks, the usual words for a missing one made null."""
    cells = pc.utf8_trim_whitespace(cells)
    missing = pc.is_in(cells, value_set=pa.array(["", *NULL_WORDS]))
    return pc.if_else(missing, pa.scalar(None, pa.string()), cells)


def _whole(floats: Cells) -> Cells | None:
    """Floats as integers, or None if some have decimals or are too large to be exact."""
    floats = pc.if_else(pc.is_nan(floats), pa.scalar(None, floats.type), floats)
    largest = pc.max(pc.abs(floats)).as_py()
    return _cast(floats, pa.int64()) if largest is None or largest <= _LARGEST_EXACT else None


def read_integers(cells: Cells) -> pd.Series:
    """int64 (Int64 with missing values) or uint64; floats if some are not whole; text if some are no numbers.

    Whole numbers too large for these stay text, for floats would not tell them apart.
    """
    present = _present(cells)
    numbers = _cast(present, pa.int64())
    numbers = _cast(present, pa.uint64()) if numbers is None else numbers
    if numbers is None and (floats := _cast(present, pa.float64())) is not None:
        whole = _whole(floats)
        exact = whole is None and pc.max(pc.abs(floats)).as_py() <= _LARGEST_EXACT
        numbers = floats if exact else whole
    return _pandas(cells if numbers is None else numbers)


def read_numbers(cells: Cells) -> pd.Series:
    """float64; text where some are no numbers."""
    numbers = _cast(_present(cells), pa.float64())
    return _pandas(cells if numbers is None else numbers)


def read_booleans(cells: Cells) -> pd.Series:
    """bool, or boolean with missing values, if it is spelled True and False; else like text."""
    present = _present(cells)
    if set(pc.unique(present.drop_null()).to_pylist()) <= {"True", "False"}:
        return _pandas(pc.equal(present, pa.scalar("True")))
    return read_text(present)


def read_text(cells: Cells) -> pd.Series:
    """int64 or Int64 if every value is a plain integer, else texts (objects)."""
    return _pandas(cells.cast(pa.int64()) if is_plain_integers(cells) else cells)


def read_texts(cells: Cells) -> pd.Series:
    """Texts as they are (objects), the usual words for a missing one made missing."""
    missing = pc.is_in(pc.utf8_trim_whitespace(cells), value_set=pa.array(["", *NULL_WORDS]))
    return _pandas(pc.if_else(missing, pa.scalar(None, pa.string()), cells))


def read_dates(cells: Cells) -> pd.Series:
    """datetime64[ns]; text where some are no dates."""
    texts = _pandas(_present(cells))
    given = texts.dropna()
    if given.empty:
        return pd.to_datetime(texts)
    attempts = [(written, False) for written in _formats(given.iloc[0])]
    for written, utc in [*attempts, ("ISO8601", False), ("mixed", False), ("mixed", True)]:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                return pd.to_datetime(texts, format=written, utc=utc)
            except (ValueError, FutureWarning, UserWarning):
                continue
    return _pandas(cells)


def _formats(text: str) -> list[str]:
    """The formats a date may be written in, months before days first."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        guesses = [guess_datetime_format(text), guess_datetime_format(text, dayfirst=True)]
    return [guess for guess in guesses if guess]


def native(cells: Cells, *, whole: bool = False) -> pd.Series:
    """A typed Parquet column in the dtype of the file; integers if it is ``whole`` floats."""
    better = _whole(cells) if pa.types.is_floating(cells.type) and whole else None
    return _pandas(cells if better is None else better)
