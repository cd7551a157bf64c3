"""All the content columns of a table."""

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns.base import COLUMN_TYPES, Codec
from synth_models.data.schema import Table
from synth_models.errors import SettingError, report_all


@final
class TableCodec:
    """The codec of every column of a table that is not a key, in column order.

    Example:
        >>> frame = pd.DataFrame({"id": range(10), "age": [30, 41] * 5})
        >>> codec = TableCodec.fit(frame, Table({"id": "key", "age": "integer"}, "id"))
        >>> codec.encode(frame)["age"].shape
        (10, 1)
    """

    def __init__(self, codecs: Mapping[str, Codec], types: Mapping[str, str]) -> None:
        self.codecs: dict[str, Codec] = dict(codecs)
        self._types = dict(types)

    @classmethod
    def fit(cls, frame: pd.DataFrame, table: Table, seed: int = 0) -> Self:
        """A codec for the rows of ``frame``.

        Raises:
            SettingError: With every option of a column that its type does not have or allow.
        """
        codecs, types, faults = {}, {}, []
        for name in table.features:
            column = table.columns[name]
            try:
                codecs[name] = COLUMN_TYPES.get(column.type).fit(frame[name], seed=seed, **column.options)
            except SettingError as error:
                faults.append(str(error))
            types[name] = column.type
        report_all(SettingError, "The options of the columns are wrong", faults)
        return cls(codecs, types)

    def encode(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """The tokens of every column: (rows, tokens of the column) int64."""
        return {name: codec.encode(frame[name]) for name, codec in self.codecs.items()}

    def decode(self, tokens: Mapping[str, np.ndarray], rng: np.random.Generator) -> pd.DataFrame:
        """The columns of these tokens."""
        return pd.DataFrame({name: codec.decode(tokens[name], rng) for name, codec in self.codecs.items()})

    def state(self) -> dict[str, Any]:
        """Plain data and tensors that ``from_state`` makes the same codec of."""
        return {
            name: {"type": self._types[name], "codec": codec.state()} for name, codec in self.codecs.items()
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The inverse of ``state``."""
        types = {name: entry["type"] for name, entry in state.items()}
        codecs = {n: COLUMN_TYPES.get(entry["type"]).from_state(entry["codec"]) for n, entry in state.items()}
        return cls(codecs, types)
