"""The shop that tests are made on has what a relational data set has."""

import numpy as np
import pytest

from synth_models.testing import shop, shop_schema


def test_the_same_seed_makes_the_same_rows() -> None:
    first, again, other = shop(rows=40, seed=3), shop(rows=40, seed=3), shop(rows=40, seed=4)
    assert all(first[name].equals(again[name]) for name in first)
    assert not first["users"].equals(other["users"])


@pytest.mark.parametrize("rows", [1, 2, 10, 300])
def test_any_size_fits_the_schema(rows: int) -> None:
    data = shop(rows=rows)
    assert data.n_rows["users"] == rows
    assert data.schema.to_dict() == shop_schema().to_dict()


def test_it_has_missing_values_and_a_nullable_key() -> None:
    data = shop(rows=400)
    assert 0.05 < data["users"]["income"].isna().mean() < 0.4
    assert 0.02 < data["items"]["product"].isna().mean() < 0.12
    assert (data.links["items", "product"] < 0).any()


def test_columns_tables_and_keys_depend_on_each_other() -> None:
    data = shop(rows=1000)
    users, orders, items = data["users"], data["orders"], data["items"]
    assert users["age"].corr(users["premium"].astype(float)) > 0.4
    assert users["age"].corr(users["income"]) > 0.4
    per_user = np.bincount(data.links["orders", "user"], minlength=len(users))
    assert per_user[users["premium"]].mean() > 1.5 * per_user[~users["premium"]].mean()
    joined = users["joined"].to_numpy()[data.links["orders", "user"]]
    assert (orders["placed"].to_numpy() >= joined).all()
    given = data.links["items", "product"] >= 0
    prices = data["products"]["price"].to_numpy()[data.links["items", "product"][given]]
    assert np.corrcoef(prices, items["unit_price"].to_numpy()[given])[0, 1] > 0.9
    spent = (items["quantity"] * items["unit_price"]).groupby(items["order"]).sum()
    assert np.allclose(spent.reindex(orders["id"]), orders["total"], atol=0.006)
