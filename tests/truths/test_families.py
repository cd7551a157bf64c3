"""Families have values of their own, and drawn families have so, too."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from synth_models import MultiLevelSynth, RelationalData, Schema, Table

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}
_FAMILIES, _SIBLINGS, _SHOPS = 400, 8, 12


@pytest.fixture(scope="module")
def pair() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers who each go to a few shops of their own, and pay much the same; and drawn ones."""
    rng = np.random.default_rng(0)
    visits = pd.DataFrame({"customer": np.repeat(range(_FAMILIES), _SIBLINGS)})
    habits = rng.dirichlet(np.full(_SHOPS, 0.15), _FAMILIES)
    visits["shop"] = [f"shop {rng.choice(_SHOPS, p=habits[c])}" for c in visits["customer"]]
    level = rng.normal(100, 25, _FAMILIES)[visits["customer"]]
    visits["paid"] = np.round(level + rng.normal(0, 8, len(visits)), 1)
    schema = Schema(
        {
            "customers": Table({"id": "key"}, "id"),
            "visits": Table(
                {"customer": "key", "shop": "categorical", "paid": "numeric"}, None, {"customer": "customers"}
            ),
        }
    )
    data = RelationalData({"customers": pd.DataFrame({"id": range(_FAMILIES)}), "visits": visits}, schema)
    model = MultiLevelSynth(schema)
    model.train(data, n_epochs=40, **QUIET)
    return visits, model.sample(progress=False, seed=1)["visits"]


@pytest.mark.parametrize(
    ("of_family", "within"),
    [
        (lambda v: v["shop"].nunique(), 0.15),
        (lambda v: v["shop"].value_counts(normalize=True).iloc[0], 0.1),
        (lambda v: v["paid"].std(), 0.25),
    ],
)
def test_siblings_are_alike(
    pair: tuple[pd.DataFrame, pd.DataFrame], of_family: Callable[[pd.DataFrame], float], within: float
) -> None:
    """The mean over families is near the real one; that of rows dealt out at random is far from it."""
    dealt = pair[0].assign(customer=np.random.default_rng(1).permutation(pair[0]["customer"]))
    real, made, by_chance = (
        float(frame.groupby("customer").apply(of_family, include_groups=False).mean())
        for frame in (*pair, dealt)
    )
    assert abs(made - real) < within * real < abs(by_chance - real)
