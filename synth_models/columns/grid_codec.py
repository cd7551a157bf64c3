"""What the column types have in common whose values are numbers in some outer form: one grid."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import pandas as pd

from synth_models.columns.base import MIN_COUNT, Codec, Kind, check_options, checked_min_count, threshold
from synth_models.columns.grid import NumberGrid


class Form(Protocol):
    """How the numbers of a column are written."""

    @property
    def precision(self) -> float:
        """The relative error such numbers carry."""
        ...

    def with_decimals(self, decimals: int | None) -> Self:
        """The same form for numbers of so many decimals (None: any number)."""
        ...

    def read(self, values: pd.Series) -> np.ndarray:
        """Values to numbers, NaN where they are missing or cannot be read. Shapes: (rows,) float64."""
        ...

    def write(self, numbers: np.ndarray) -> pd.Series:
        """Numbers to values with the dtype of the column; missing where they are NaN."""
        ...

    def state(self) -> dict[str, Any]:
        """Plain data and tensors."""
        ...

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The inverse of ``state``."""
        ...


class GridCodec(Codec):
    """Numbers in some form: the form tells how they are written, a grid how they are distributed.

    A column type of this kind says which form its values have (``form_of``), and that is all.
    """

    kind = Kind.NUMBER
    form: ClassVar[type[Form]]

    def __init__(self, grid: NumberGrid, form: Form, min_count: int) -> None:
        self._grid, self._form, self._min_count = grid, form, min_count
        self.sizes, self.ordered = grid.sizes, grid.ordered

    @classmethod
    @abstractmethod
    def name(cls) -> str:
        """What the column type is called."""

    @classmethod
    @abstractmethod
    def form_of(
        cls, values: pd.Series, options: Mapping[str, Any], least: int, entities: np.ndarray | None
    ) -> tuple[Form, int | None]:
        """The form of the values, and their decimals if these are not to be detected.

        Args:
            values: The column.
            options: Those of the column type.
            least: How many entities must share what the form stores of them.
            entities: (rows,) whose row it is; None for every row its own.

        Raises:
            SettingError: If an option does not fit.
        """

    @classmethod
    def fit(
        cls, values: pd.Series, *, seed: int = 0, entities: np.ndarray | None = None, **options: Any
    ) -> Self:
        """See ``Codec.fit``."""
        check_options(cls.name(), values, options, cls.options)
        min_count = checked_min_count(values, options.get("min_count", MIN_COUNT))
        least = threshold(values, min_count, seed)
        form, decimals = cls.form_of(values, options, least, entities)
        grid = NumberGrid.fit(
            form.read(values),
            decimals=decimals,
            min_count=least,
            entities=entities,
            precision=form.precision,
        )
        return cls(grid, form.with_decimals(grid.resolution.decimals), min_count)

    def grow(self, values: pd.Series, *, seed: int = 0, entities: np.ndarray | None = None) -> Self:
        """See ``Codec.grow``."""
        least = threshold(values, self._min_count, seed)
        grid = self._grid.grow(self.to_numbers(values), min_count=least, entities=entities)
        return type(self)(grid, self._form, self._min_count)

    def to_numbers(self, values: pd.Series) -> np.ndarray:
        """See ``Codec.to_numbers``."""
        return self._form.read(values)

    def from_numbers(self, numbers: np.ndarray, rng: np.random.Generator) -> pd.Series:
        """See ``Codec.from_numbers``."""
        return self._form.write(self._grid.tidy(numbers))

    def encode_numbers(self, numbers: np.ndarray) -> np.ndarray:
        """See ``Codec.encode_numbers``."""
        return self._grid.encode(numbers)

    def decode_numbers(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """See ``Codec.decode_numbers``."""
        return self._grid.decode(tokens, rng)

    def ranks(self) -> tuple[np.ndarray, ...]:
        """See ``Codec.ranks``."""
        return self._grid.ranks()

    def allowed(self) -> tuple[np.ndarray, ...]:
        """See ``Codec.allowed``."""
        return self._grid.allowed()

    def state(self) -> dict[str, Any]:
        """See ``Codec.state``."""
        return {"grid": self._grid.state(), "form": self._form.state(), "min_count": self._min_count}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """See ``Codec.from_state``."""
        form = cls.form.from_state(state["form"])
        return cls(NumberGrid.from_state(state["grid"]), form, state["min_count"])
