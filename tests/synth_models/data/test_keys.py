"""Keys lead to rows, whatever the dtypes on either side."""

import numpy as np
import pandas as pd
import pytest

from synth_models.data.keys import MISSING, ORPHAN, find_rows, value_codes


@pytest.mark.parametrize("child", ["int64", "Int64", "int64[pyarrow]", "float64", "object"])
@pytest.mark.parametrize("parent", ["int64", "int32", "Int64", "uint8[pyarrow]", "object"])
def test_whole_numbers_of_any_dtype(child: str, parent: str) -> None:
    found = find_rows([pd.Series([7, 9, 5, 8], dtype=child)], [pd.Series([9, 8, 7], dtype=parent)])
    assert found.tolist() == [2, 0, ORPHAN, 1]


def test_missing_keys_and_keys_that_lead_nowhere() -> None:
    child = pd.Series(["b", None, "x", "a"], dtype="string")
    assert find_rows([child], [pd.Series(["a", "b"])]).tolist() == [1, MISSING, ORPHAN, 0]
    assert find_rows([pd.Series([1.0, np.nan])], [pd.Series([1])]).tolist() == [0, MISSING]
    assert find_rows([child.iloc[:0]], [pd.Series(["a"])]).tolist() == []
    assert find_rows([child.iloc[:1]], [pd.Series([], dtype=object)]).tolist() == [ORPHAN]


def test_keys_of_several_columns() -> None:
    parent = pd.DataFrame({"a": [1, 1, 2, 2], "b": ["x", "y", "x", "z"], "c": pd.Timestamp("2024-01-01")})
    child = pd.DataFrame(
        {
            "a": [2, 1, 2, 1, None, 3],
            "b": ["z", "y", "y", None, "x", None],
            "c": pd.Timestamp("2024-01-01"),
        }
    )
    found = find_rows([child[c] for c in child], [parent[c] for c in parent])
    assert found.tolist() == [3, 1, ORPHAN, MISSING, MISSING, MISSING]


def test_keys_lead_to_their_rows_among_many() -> None:
    rng = np.random.default_rng(0)
    parent = pd.DataFrame({"a": rng.integers(0, 50, 4000), "b": rng.integers(0, 50, 4000)}).drop_duplicates()
    parent = parent.sample(frac=1, random_state=1).reset_index(drop=True)
    rows = rng.integers(0, len(parent), 9000)
    child = parent.iloc[rows].reset_index(drop=True)
    assert (find_rows([child["a"], child["b"]], [parent["a"], parent["b"]]) == rows).all()


def test_the_same_value_has_the_same_code_in_any_column() -> None:
    ints = value_codes(pd.Series([3, 1]))
    assert value_codes(pd.Series([1.0, np.nan, 3.0])).tolist() == [ints[1], MISSING, ints[0]]
    assert value_codes(pd.Series(["1", "3"], dtype="string")).tolist() == ints[::-1].tolist()
    assert (value_codes(pd.Series(range(100_000))) >= 0).all()
