from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from synth_models.columns.number_format import NumberFormat
from synth_models.columns.number_values import read_numbers


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.Series([1, 2]), "dtype"),
        (pd.Series([1, 2], dtype="category"), "dtype"),
        (pd.Series(["1", "2"]), "string"),
        (pd.Series([Decimal(1)]), "decimal"),
        (pd.Series([1, None], dtype=object), "number"),
        (pd.Series([None], dtype=object), "number"),
    ],
)
def test_kinds(values: pd.Series, kind: str):
    form = NumberFormat.of(values)
    assert form.kind == kind
    assert NumberFormat.from_state(form.state()) == form


def test_reading():
    for values in (["1.5", None, "x"], [1.5, None, "x"], [Decimal("1.5"), None, "x"], [1.5, np.nan, np.inf]):
        np.testing.assert_array_equal(read_numbers(pd.Series(values)), [1.5, np.nan, np.nan])
    np.testing.assert_array_equal(read_numbers(pd.Series([1, 2], dtype="category")), [1, 2])
    np.testing.assert_array_equal(read_numbers(pd.Series([1, None], dtype="Int64")), [1, np.nan])


def test_strings_without_known_decimals_are_as_long_as_it_takes():
    form = NumberFormat.of(pd.Series(["0.1"])).with_decimals(None)
    assert form.write(np.array([0.1, 2.0, np.nan])).tolist() == ["0.1", "2.0", None]


def test_single_precision_is_less_precise():
    assert NumberFormat.of(pd.Series([1], dtype="float32")).precision > 1e-7
    assert NumberFormat.of(pd.Series([1.0])).precision < 1e-10
