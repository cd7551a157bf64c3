"""Pairs of coordinates."""

# ruff: noqa: D102 - the methods are told in Codec and GridCodec

from collections.abc import Mapping
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.columns.base import COLUMN_TYPES
from synth_models.columns.dtypes import ungrouped
from synth_models.columns.grid_codec import Form, GridCodec
from synth_models.columns.morton import interleave
from synth_models.columns.pair_format import PairFormat
from synth_models.columns.pair_values import has_pairs, read_pairs
from synth_models.columns.reading import Cells, read_texts
from synth_models.columns.samples import read_faults, sample_of

_HALF_WAY = 90.0  # degrees: where a number is half-way from zero to infinity, for ``measure``


@COLUMN_TYPES.register("coordinates", "coordinate", "point", "latlon", "geo")
@final
class CoordinatesCodec(GridCodec):
    """Two numbers in one value: a point on a map.

    Texts such as ``45.07, 7.69``, ``(45.07, 7.69)`` or ``POINT (7.69 45.07)``, tuples or lists, or Arrow
    lists. The number is the place on a Z-order curve through the protected box around the points, 2 ** 26
    steps along either axis; the tokens are those of its cells. Neighbours on the curve lie in the same
    quarter of the same quarter of the box, so that cells of the same number of points are small where there
    are many, and a point that enough entities share has a token of its own. Option: ``min_count`` (5).

    Example:
        >>> codec = CoordinatesCodec.fit(pd.Series(["45.07, 7.69", "41.9, 12.5"] * 10))
        >>> codec.decode(codec.encode(pd.Series(["41.9, 12.5"])), np.random.default_rng(0)).tolist()
        ['41.9, 12.5']
    """

    options = ("min_count",)
    form = PairFormat

    @classmethod
    def name(cls) -> str:
        return "coordinates"

    @classmethod
    def faults(cls, values: pd.Series) -> list[str]:
        first, second = read_pairs(values).T
        return read_faults(values, np.where(np.isfinite(first), second, first), "pairs of finite numbers")

    @classmethod
    def likeness(cls, values: pd.Series) -> float:
        sample = sample_of(ungrouped(values))
        if not len(sample) or not has_pairs(sample):
            return 0.0
        return 0.0 if cls.faults(sample) else 0.9

    @classmethod
    def read_texts(cls, cells: Cells) -> pd.Series:
        return read_texts(cells)

    @classmethod
    def measure(cls, values: pd.Series) -> pd.Series:
        pairs = read_pairs(values)
        shares = (pairs / (np.abs(pairs) + _HALF_WAY) + 1) / 2  # of the same place, whatever is around it
        return pd.Series(interleave(shares), dtype="float64")

    @classmethod
    def form_of(
        cls, values: pd.Series, options: Mapping[str, Any], least: int, entities: np.ndarray | None
    ) -> tuple[Form, int | None]:
        return PairFormat.of(values, least, entities), 0
