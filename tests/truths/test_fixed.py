"""What whom a row points at tells is the same in all rows that point there: a price by store and product."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synth_models import GraphSynth, MultiLevelSynth, RelationalData, Schema, Table, load_model
from synth_models.graph.plan import make_blueprints
from synth_models.sampling.shards import SHARD

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}
_CUSTOMERS, _STORES, _PRODUCTS = 400, 8, 30
_PAIR = ["store", "product"]
_TOLD = {"price": ("store", "product"), "label": ("product",), "listed": ("store", "product")}


def purchases() -> RelationalData:
    """Customers buy products in stores, each of which has its prices; every product has its label."""
    rng = np.random.default_rng(0)
    customer = np.repeat(np.arange(_CUSTOMERS), rng.integers(4, 12, _CUSTOMERS))
    n = len(customer)
    store, product = (
        rng.integers(0, _STORES, n),
        rng.choice(_PRODUCTS, n, p=rng.dirichlet(np.ones(_PRODUCTS))),
    )
    price = np.exp(rng.normal(3, 1, _PRODUCTS) + rng.normal(0, 0.2, (_STORES, _PRODUCTS))).round(2)
    listed = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, price.shape).ravel(), unit="D")
    frame = pd.DataFrame(
        {
            "customer": customer,
            "store": store,
            "product": product,
            "pieces": rng.integers(1, 6, n),
            "price": price[store, product],
            "label": np.array([f"label {at}" for at in rng.integers(0, 12, _PRODUCTS)])[product],
            "listed": listed[store * _PRODUCTS + product],
        }
    )
    schema = Schema(
        {
            "customers": Table({"id": "key"}, "id"),
            "stores": Table({"id": "key"}, "id"),
            "products": Table({"id": "key"}, "id"),
            "purchases": Table(
                {
                    "customer": "key",
                    "store": "key",
                    "product": "key",
                    "pieces": "integer",
                    "price": "numeric",
                    "label": "categorical",
                    "listed": "date",
                },
                None,
                {"customer": "customers", "store": "stores", "product": "products"},
            ),
        }
    )
    sizes = {"customers": _CUSTOMERS, "stores": _STORES, "products": _PRODUCTS}
    return RelationalData(
        {**{name: pd.DataFrame({"id": range(size)}) for name, size in sizes.items()}, "purchases": frame},
        schema,
    )


@pytest.fixture(scope="module")
def bought() -> RelationalData:
    """Real purchases."""
    return purchases()


@pytest.fixture(scope="module")
def model(bought: RelationalData) -> MultiLevelSynth:
    """A model of them."""
    model = MultiLevelSynth(bought.schema)
    model.train(bought, n_epochs=10, **QUIET)
    return model


def agree(frame: pd.DataFrame) -> bool:
    """Whether each column is the same wherever what tells it is."""
    return all((frame.groupby(list(keys))[column].nunique() == 1).all() for column, keys in _TOLD.items())


def test_each_is_told_by_as_few_keys_as_do(bought: RelationalData) -> None:
    plans = make_blueprints(bought)["purchases"].columns
    assert {plan.name: plan.fixed_by for plan in plans if plan.fixed_by} == _TOLD


def test_a_product_has_one_price_in_a_store(model: MultiLevelSynth) -> None:
    made = model.sample(progress=False, seed=1)["purchases"]
    assert agree(made)
    assert made.groupby("product")["price"].nunique().max() > 1


def test_so_it_is_after_a_checkpoint(model: MultiLevelSynth, tmp_path: Path) -> None:
    model.save(tmp_path / "model.pt")
    made = load_model(tmp_path / "model.pt").sample(progress=False, seed=1)["purchases"]
    assert made.equals(model.sample(progress=False, seed=1)["purchases"])


def test_in_every_shard(model: MultiLevelSynth) -> None:
    made = model.sample(
        n_samples={"customers": SHARD + 100, "stores": 3, "products": 5, "purchases": 40_000},
        progress=False,
        seed=1,
    )["purchases"]
    assert agree(made)
    assert made.groupby(_PAIR).ngroups == 15


def test_kept_stores_have_their_prices(bought: RelationalData, model: MultiLevelSynth) -> None:
    """Those that many customers pay; what only a few have seen is drawn."""
    real = bought["purchases"]
    made = model.sample(bought, {"customers": _CUSTOMERS, "purchases": len(real)}, progress=False, seed=1)
    made = made["purchases"]
    assert agree(made)
    (least,) = {plan.least for plan in make_blueprints(bought)["purchases"].columns if plan.name == "price"}
    both = made.groupby(_PAIR)["price"].first().to_frame("made").join(real.groupby(_PAIR)["price"].first())
    many = real.groupby(_PAIR)["customer"].nunique().reindex(both.index, fill_value=0) >= least
    assert many.sum() > 50
    assert (~many).sum() > 20
    assert (both["made"] == both["price"])[many].all()
    assert (both["made"] == both["price"])[~many].mean() < 0.2


def test_attributes_of_a_graph_agree(bought: RelationalData) -> None:
    model = GraphSynth(bought.schema)
    model.train(bought, n_epochs=2, **QUIET)
    assert agree(model.sample(progress=False, seed=1)["purchases"])


def test_new_data_that_contradict_leave_a_price_to_be_drawn(
    bought: RelationalData, model: MultiLevelSynth
) -> None:
    other = bought["purchases"].assign(price=lambda f: f["price"] + np.arange(len(f)) % 3)
    frames = {**{name: bought[name] for name in ("customers", "stores", "products")}, "purchases": other}
    again = MultiLevelSynth(bought.schema)
    again.train(bought, n_epochs=1, **QUIET)
    again.train(RelationalData(frames, bought.schema), n_epochs=1, **QUIET)
    made = again.sample(progress=False, seed=1)["purchases"]
    assert made.groupby(_PAIR)["price"].nunique().max() > 1
    assert made.groupby("product")["label"].nunique().max() == 1
