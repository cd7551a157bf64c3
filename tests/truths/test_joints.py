"""Known joint distributions are recovered."""

import likelihood
import numpy as np
import pandas as pd
import pytest

from synth_models import MultiLevelSynth, RelationalData, Schema, Table

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}


def test_an_exclusive_or_is_learned_exactly() -> None:
    """No pair of the three columns depends on each other; together they are two fair coins."""
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, (2, 1500))
    names = np.array(["no", "yes"])
    frame = pd.DataFrame({"id": range(1500), "a": names[a], "b": names[b], "both": names[a ^ b]})
    columns = {"id": "key", "a": "categorical", "b": "categorical", "both": "categorical"}
    data = RelationalData({"coins": frame}, Schema({"coins": Table(columns, "id")}))
    model = MultiLevelSynth(data.schema)
    model.train(data, 20, lr=1e-2, **QUIET)
    assert abs(likelihood.nll(model, data)["coins"] - 2 * np.log(2)) < 0.02  # independent columns: 3 log 2
    made = model.sample(n_samples={"coins": 4000}, progress=False)["coins"] == "yes"
    assert ((made["a"] ^ made["b"]) == made["both"]).mean() > 0.995
    assert made[["a", "b", "both"]].mean().sub(0.5).abs().max() < 0.06


def customers(n: int, seed: int) -> RelationalData:
    """Customers without an attribute; each likes one of two kinds, nine orders in ten are of it."""
    rng = np.random.default_rng(seed)
    likes = rng.integers(0, 2, n)
    customer = np.repeat(np.arange(n), rng.integers(2, 7, n))
    kind = np.where(rng.random(len(customer)) < 0.9, likes[customer], 1 - likes[customer])
    schema = Schema(
        {
            "customers": Table({"id": "key"}, "id"),
            "orders": Table({"customer": "key", "kind": "categorical"}, None, {"customer": "customers"}),
        }
    )
    orders = pd.DataFrame({"customer": customer, "kind": np.array(["tea", "coffee"])[kind]})
    return RelationalData({"customers": pd.DataFrame({"id": range(n)}), "orders": orders}, schema)


def sibling_correlation(data: RelationalData) -> float:
    """The correlation of two orders of the same customer, over all pairs."""
    orders = data["orders"].assign(x=lambda f: (f["kind"] == "tea") * 1.0)
    x = orders["x"] - orders["x"].mean()
    total, square = (v.groupby(orders["customer"]).sum() for v in (x, x**2))
    size = orders.groupby("customer").size()
    pairs = (size * (size - 1)).sum()
    return float((total**2 - square).sum() / pairs / (x**2).mean())


@pytest.fixture(scope="module")
def model() -> MultiLevelSynth:
    data = customers(700, 0)
    made = MultiLevelSynth(data.schema)
    made.train(data, 20, **QUIET)
    return made


def test_a_hidden_factor_of_the_customer_shows_in_the_orders(model: MultiLevelSynth) -> None:
    """The correlation of siblings is as far from the truth as that of other real data is, or little more."""
    real = np.array([sibling_correlation(customers(700, seed)) for seed in range(1, 21)])
    made = np.mean([sibling_correlation(model.sample(progress=False, seed=seed)) for seed in (1, 2, 3)])
    assert abs(made - real.mean()) < 3 * real.std() + 0.02
    assert real.mean() > 0.6


def test_held_out_rows_are_likelier_than_under_independent_columns(model: MultiLevelSynth) -> None:
    """And nearly as likely as they can be: the Bayes-optimal prediction from the orders before."""
    held_out = customers(300, 99)
    orders = held_out["orders"]
    tea = (orders["kind"] == "tea").to_numpy() * 1.0
    family = orders["customer"].to_numpy()
    before = pd.Series(tea).groupby(family).cumsum().to_numpy() - tea
    place = orders.groupby("customer").cumcount().to_numpy()
    odds = 0.5 / (1 + 9.0 ** (place - 2 * before))
    chance = 0.1 + 0.8 * 2 * odds
    best = -np.log(np.where(tea == 1, chance, 1 - chance)).mean()
    ours = likelihood.nll(model, held_out)["orders"]
    assert ours < np.log(2) - 0.15
    assert ours < best + 0.04
