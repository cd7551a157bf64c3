"""Two parts by whole families: none in both, no dangling key, sizes near the ratio."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema, Table
from synth_models.data.topology import family_keys, roots, table_order
from synth_models.errors import SettingError
from synth_models.testing import shop


def overlap(data: RelationalData, parts: tuple[RelationalData, RelationalData], name: str) -> int:
    """Rows of a table that both parts hold, by its primary key."""
    keys = list(data.schema.tables[name].key_columns)
    first, second = (part[name][keys].drop_duplicates() for part in parts)
    return len(first.merge(second, on=keys))


def test_the_same_seed_draws_the_same_parts() -> None:
    data = shop(rows=100)
    for left, right in zip(data.split(0.7, seed=3), data.split(0.7, seed=3), strict=True):
        for name in data:
            pd.testing.assert_frame_equal(left[name], right[name])
    assert not data.split(0.7, seed=3)[0]["users"].equals(data.split(0.7, seed=4)[0]["users"])


def test_families_stay_together_and_dimensions_stay_whole() -> None:
    data = shop(rows=200)
    first, second = data.split(0.75, seed=1)
    assert len(first["users"]) == 150
    assert len(second["users"]) == 50
    assert set(first["users"]["id"]) | set(second["users"]["id"]) == set(data["users"]["id"])
    for part in (first, second):
        assert len(part["products"]) == len(data["products"])
        assert set(part["orders"]["user"]) <= set(part["users"]["id"])
        whole = data["orders"]["user"].isin(part["users"]["id"])
        assert len(part["orders"]) == int(whole.sum())
    assert len(first["items"]) + len(second["items"]) == len(data["items"])


def test_trees_that_choose_from_each_other_are_split_by_the_largest() -> None:
    random = np.random.default_rng(0)
    schema = Schema(
        {
            "people": Table({"id": "key"}, "id"),
            "coupons": Table({"id": "key"}, "id"),
            "trips": Table({"id": "key", "person": "key", "coupon": "key"}, "id",
                           {"person": "people", "coupon": "coupons"}),
            "uses": Table({"id": "key", "coupon": "key", "person": "key"}, "id",
                          {"coupon": "coupons", "person": "people"}),
        }
    )  # fmt: skip
    data = RelationalData(
        {
            "people": pd.DataFrame({"id": np.arange(100)}),
            "coupons": pd.DataFrame({"id": np.arange(400)}),
            "trips": pd.DataFrame(
                {"id": np.arange(900), "person": np.arange(900) % 100, "coupon": random.integers(0, 400, 900)}
            ),
            "uses": pd.DataFrame(
                {"id": np.arange(50), "coupon": np.arange(50) // 5, "person": random.integers(0, 100, 50)}
            ),
        },
        schema,
    )
    assert family_keys(data)["uses"] == "coupon"
    parts = data.split(0.8, seed=0)
    root = roots(schema, family_keys(data))["trips"]
    assert overlap(data, parts, root) == 0
    assert overlap(data, parts, "uses") == 0 or root == "coupons"
    assert abs(len(parts[0]["trips"]) / 900 - 0.8) < 0.1


def test_a_table_of_one_row_goes_to_one_part() -> None:
    data = RelationalData({"t": pd.DataFrame({"id": [1]})}, Schema({"t": Table({"id": "key"}, "id")}))
    first, second = data.split(0.6)
    assert (len(first["t"]), len(second["t"])) == (1, 0)


def test_both_parts_get_a_row_where_there_are_two() -> None:
    data = RelationalData({"t": pd.DataFrame({"id": [1, 2]})}, Schema({"t": Table({"id": "key"}, "id")}))
    assert [len(part["t"]) for part in data.split(0.99)] == [1, 1]


@pytest.mark.parametrize("ratio", [0, 1, -0.5, 80])
def test_the_ratio_is_a_share(ratio: float) -> None:
    with pytest.raises(SettingError, match="ratio: it must lie between 0 and 1"):
        shop(rows=20).split(ratio)


def test_rows_that_point_at_each_other_stay_together_or_go() -> None:
    tables = {
        "staff": Table({"id": "key", "boss": "key", "shop": "key"}, "id", {"boss": "staff", "shop": "shops"}),
        "shops": Table({"id": "key", "manager": "key"}, "id", {"manager": "staff"}),
    }
    staff = pd.DataFrame({"id": range(40), "boss": [None, *range(39)], "shop": np.arange(40) // 4})
    shops = pd.DataFrame({"id": range(10), "manager": np.arange(10) * 4})
    data = RelationalData({"staff": staff, "shops": shops}, Schema(tables))
    for part in data.split(0.5):  # that they are valid says that no key dangles
        assert len(part["shops"]) <= len(data["shops"])


def test_public_data_sets(data_set: Path) -> None:
    data = RelationalData.from_dir(data_set)
    parts = data.split(0.8, seed=1)
    families = family_keys(data)
    apart = [n for n in table_order(data) if families[n] is None and overlap(data, parts, n) == 0]
    assert apart
    shared = [n for n in data if all(len(part[n]) == len(data[n]) for part in parts)]
    for name in data:
        assert name in shared or name in apart or families[name] is not None
    for name in apart:
        assert abs(len(parts[0][name]) / len(data[name]) - 0.8) < 0.5 / len(data[name]) + 1e-9
    for part in parts:  # valid by itself: no dangling key
        RelationalData(dict(part), part.schema, allow_empty=True)
    sizes = [sum(part.n_rows[n] for n in data if n not in shared) for part in parts]
    assert 0.6 < sizes[0] / sum(sizes) < 0.95
