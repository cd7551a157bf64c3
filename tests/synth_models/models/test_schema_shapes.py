"""Every shape of schema goes in, and comes out valid: ``RelationalData`` checks keys of all kinds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synth_models import MultiLevelSynth, RelationalData, Schema, Table, load_model
from synth_models.data.schema import ForeignKey
from synth_models.data.topology import late_keys, table_order
from synth_models.graph.levels import depths

RNG = np.random.default_rng(0)
Frames = dict[str, pd.DataFrame]


def made(tables: dict[str, Table], frames: Frames, *, epochs: int = 2, **sizes: int) -> RelationalData:
    """A sample of a model trained on these tables, of the same form as they are."""
    data = RelationalData(frames, Schema(tables))
    model = MultiLevelSynth(data.schema)
    model.train(data, epochs, tensorboard_dir=None, progress=False, device="cpu")
    sample = model.sample(n_samples={**data.n_rows, **sizes}, progress=False, seed=1)
    for name, frame in data.items():
        assert list(sample[name].columns) == list(frame.columns)
        assert sample[name].dtypes.astype(str).to_dict() == frame.dtypes.astype(str).to_dict(), name
    return sample


def numbers(n: int) -> np.ndarray:
    return RNG.normal(50, 10, n).round(1)


def staff(n: int) -> pd.DataFrame:
    """A hierarchy of three levels: a tenth leads the next third, who lead all others."""
    boss = np.full(n, np.nan)
    top, middle = n // 10, n // 3
    boss[top:middle] = RNG.integers(0, top, middle - top)
    boss[middle:] = RNG.integers(top, middle, n - middle)
    level = np.where(np.isnan(boss), "chief", np.where(np.arange(n) < middle, "lead", "clerk"))
    return pd.DataFrame({"id": range(n), "boss": pd.array(boss, dtype="Int64"), "grade": level})


STAFF = Table({"id": "key", "boss": "key", "grade": "categorical"}, "id", {"boss": "staff"})


def test_a_hierarchy_stays_one() -> None:
    frame = staff(300)
    sample = made({"staff": STAFF}, {"staff": frame}, epochs=40)
    data = RelationalData({"staff": frame}, Schema({"staff": STAFF}))
    link, real = sample.links["staff", "boss"], data.links["staff", "boss"]
    found = depths(link)
    assert found is not None  # without circles
    assert found.max() == 2
    assert abs((link < 0).mean() - (real < 0).mean()) < 0.05
    grades = sample["staff"]["grade"].to_numpy()
    led = link >= 0
    leaders = pd.Series(grades[link[led]]).value_counts(normalize=True)
    assert leaders.get("clerk", 0) < 0.05  # clerks lead nobody
    counts = np.bincount(link[led], minlength=300)
    assert counts.max() <= 2 * np.bincount(real[real >= 0]).max()


def test_a_chain_of_versions_and_a_ring_both_run() -> None:
    n = 200
    chain = pd.DataFrame({"id": range(n), "before": pd.array([None, *range(n - 1)], dtype="Int64")})
    ring = pd.DataFrame({"id": range(n), "next": np.roll(np.arange(n), 1), "x": numbers(n)})
    tables = {
        "chain": Table({"id": "key", "before": "key"}, "id", {"before": "chain"}),
        "ring": Table({"id": "key", "next": "key", "x": "numeric"}, "id", {"next": "ring"}),
    }
    sample = made(tables, {"chain": chain, "ring": ring})
    assert depths(sample.links["chain", "before"]) is not None
    assert (sample.links["ring", "next"] >= 0).all()


def shops(n: int) -> tuple[dict[str, Table], Frames]:
    """Staff work in a shop that one of them manages."""
    tables = {
        "staff": Table({"id": "key", "shop": "key", "pay": "numeric"}, "id", {"shop": "shops"}),
        "shops": Table({"id": "key", "manager": "key", "town": "categorical"}, "id", {"manager": "staff"}),
    }
    shop = np.repeat(np.arange(n), 8)
    pay = numbers(8 * n)
    pay[::8] += 60  # managers
    frames = {
        "staff": pd.DataFrame({"id": 100 + np.arange(8 * n), "shop": shop, "pay": pay}),
        "shops": pd.DataFrame(
            {"id": range(n), "manager": 100 + 8 * np.arange(n), "town": RNG.choice(["a", "b"], n)}
        ),
    }
    return tables, frames


def test_tables_that_point_at_each_other() -> None:
    tables, frames = shops(60)
    data = RelationalData(frames, Schema(tables))
    assert late_keys(data) == {("shops", "manager")}
    assert table_order(data) == ["shops", "staff"]
    sample = made(tables, frames, epochs=40)
    manager, works_in = sample.links["shops", "manager"], sample.links["staff", "shop"]
    assert (works_in[manager] == np.arange(60)).mean() > 0.9  # they manage where they work
    assert sample["staff"]["pay"].iloc[manager].mean() > frames["staff"]["pay"].mean() + 20


def test_a_cycle_of_three_and_kept_structure(tmp_path: Path) -> None:
    n = 40
    tables = {
        name: Table({"id": "key", "to": "key", "x": "numeric"}, "id", {"to": parent})
        for name, parent in (("a", "b"), ("b", "c"), ("c", "a"))
    }
    frames = {
        name: pd.DataFrame({"id": range(n), "to": RNG.integers(0, n, n), "x": numbers(n)}) for name in tables
    }
    data = RelationalData(frames, Schema(tables))
    model = MultiLevelSynth(data.schema)
    model.train(data, 1, tensorboard_dir=None, progress=False, device="cpu")
    model.save(tmp_path / "model.pt")
    same = load_model(tmp_path / "model.pt").sample(data, mode="original_fks", progress=False)
    for key, link in data.links.items():
        assert (same.links[key] == link).all()


def test_keys_of_several_columns_that_overlap() -> None:
    """Tenants, their users and products, and orders that join a user and a product of one tenant."""
    tenants, users, products, orders = 15, 90, 75, 400
    tables = {
        "tenants": Table({"tenant": "key", "plan": "categorical"}, "tenant"),
        "users": Table(
            {"tenant": "key", "user": "key", "age": "integer"}, ("tenant", "user"), {"tenant": "tenants"}
        ),
        "products": Table(
            {"tenant": "key", "product": "key", "price": "numeric"},
            ("tenant", "product"),
            {"tenant": "tenants"},
        ),
        "orders": Table(
            {"id": "key", "tenant": "key", "user": "key", "product": "key", "amount": "integer"},
            "id",
            [
                ForeignKey("tenant", "tenants"),
                ForeignKey(("tenant", "user"), "users"),
                ForeignKey(("tenant", "product"), "products"),
            ],
        ),
    }
    user_of = np.sort(RNG.integers(0, tenants, users))
    product_of = np.r_[np.arange(tenants), RNG.integers(0, tenants, products - tenants)]
    chosen = RNG.integers(0, users, orders)
    bought = [RNG.choice(np.flatnonzero(product_of == user_of[u])) for u in chosen]
    frames = {
        "tenants": pd.DataFrame({"tenant": range(tenants), "plan": RNG.choice(["s", "m"], tenants)}),
        "users": pd.DataFrame({"tenant": user_of, "user": range(users), "age": RNG.integers(20, 70, users)}),
        "products": pd.DataFrame(
            {"tenant": product_of, "product": range(products), "price": numbers(products)}
        ),
        "orders": pd.DataFrame(
            {
                "id": range(orders),
                "tenant": user_of[chosen],
                "user": chosen,
                "product": bought,
                "amount": RNG.integers(1, 5, orders),
            }
        ),
    }
    sample = made(tables, frames)  # that all keys lead somewhere says that they agree in the tenant
    assert len(sample["orders"]) > 0.9 * orders


def test_a_shared_column_that_no_key_of_the_parents_explains() -> None:
    """Sales point at (store, day) and at the calendar's day, which the first does not declare as a key."""
    days = pd.date_range("2024-01-01", periods=30)
    grid = pd.MultiIndex.from_product([range(12), days], names=["store", "day"]).to_frame(index=False)
    tables = {
        "days": Table({"day": "date", "holiday": "boolean"}, "day"),
        "features": Table({"store": "key", "day": "date", "warm": "numeric"}, ("store", "day")),
        "sales": Table(
            {"store": "key", "day": "date", "dept": "categorical", "amount": "numeric"},
            ("store", "day", "dept"),
            [ForeignKey(("store", "day"), "features"), ForeignKey("day", "days")],
        ),
    }
    sales = grid.merge(pd.DataFrame({"dept": ["a", "b"]}), how="cross")
    frames = {
        "days": pd.DataFrame({"day": days, "holiday": RNG.random(30) < 0.1}),
        "features": grid.assign(warm=numbers(len(grid))),
        "sales": sales.assign(amount=numbers(len(sales))),
    }
    sample = made(tables, frames)
    assert len(sample["sales"]) > 0.5 * len(sales)


def test_a_key_of_several_columns_to_its_own_table_and_lines_that_are_numbered() -> None:
    firms, size = 12, 20
    firm = np.repeat(np.arange(firms), size)
    worker = np.tile(np.arange(1, size + 1), firms)
    boss = pd.array(np.where(worker == 1, np.nan, worker // 4 + (worker < 4)), dtype="Int64")
    tables = {
        "firms": Table({"firm": "key"}, "firm"),
        "workers": Table(
            {"firm": "key", "worker": "key", "boss": "key", "pay": "numeric"},
            ("firm", "worker"),
            [ForeignKey("firm", "firms"), ForeignKey(("firm", "boss"), "workers")],
        ),
        "loose": Table(
            {"group": "key", "id": "key", "up": "key"}, ("group", "id"), {("group", "up"): "loose"}
        ),
    }
    frames = {
        "firms": pd.DataFrame({"firm": range(firms)}),
        "workers": pd.DataFrame({"firm": firm, "worker": worker, "boss": boss, "pay": numbers(firms * size)}),
        "loose": pd.DataFrame(
            {"group": firm, "id": worker, "up": pd.array(np.where(worker == 1, None, 1), dtype="Int64")}
        ),
    }
    sample = made(tables, frames, epochs=10)
    workers = sample["workers"]
    first = workers.groupby("firm")["worker"].agg(["min", "max", "size"])
    assert (first["min"] == 1).all()  # lines are numbered within the firm
    assert (first["max"] == first["size"]).all()
    assert workers["boss"].notna().mean() > 0.8


def test_a_primary_key_that_is_a_foreign_key() -> None:
    n = 200
    tables = {
        "people": Table({"id": "key", "age": "integer"}, "id"),
        "licences": Table({"person": "key", "kind": "categorical"}, "person", {"person": "people"}),
    }
    people = pd.DataFrame({"id": range(n), "age": RNG.integers(10, 80, n)})
    drivers = people[people["age"] >= 18]["id"].to_numpy()
    licences = pd.DataFrame({"person": drivers, "kind": RNG.choice(["car", "bike"], len(drivers))})
    sample = made(tables, {"people": people, "licences": licences}, epochs=10)
    assert sample["licences"]["person"].is_unique
    assert len(sample["licences"]) == len(licences)


def test_tables_of_keys_only() -> None:
    n = 120
    pairs = pd.DataFrame({"a": RNG.integers(0, n, 800), "b": RNG.integers(0, n, 800)}).drop_duplicates()
    tables = {
        "left": Table({"id": "key"}, "id"),
        "right": Table({"code": "key"}, "code"),
        "links": Table({"a": "key", "b": "key"}, ("a", "b"), {"a": "left", "b": "right"}),
        "loose": Table({"a": "key", "x": "numeric"}, None, {"a": "left"}),
        "bare": Table({"x": "integer"}),
    }
    frames = {
        "left": pd.DataFrame({"id": range(n)}),
        "right": pd.DataFrame({"code": range(n)}),
        "links": pairs.reset_index(drop=True),
        "loose": pd.DataFrame({"a": RNG.integers(0, n, 300), "x": numbers(300)}),
        "bare": pd.DataFrame({"x": RNG.integers(0, 9, 100)}),
    }
    sample = made(tables, frames)
    assert not sample["links"].duplicated().any()
    assert len(sample["links"]) >= 0.98 * len(pairs)


def test_two_keys_to_one_parent_and_keys_that_are_missing() -> None:
    n = 300
    tables = {
        "places": Table({"id": "key", "kind": "categorical"}, "id"),
        "trips": Table(
            {"id": "key", "start": "key", "end": "key", "via": "key", "km": "numeric"},
            "id",
            {"start": "places", "end": "places", "via": "places"},
        ),
    }
    end = pd.Series(RNG.integers(0, 50, n), dtype="Int64").mask(pd.Series(RNG.random(n) < 0.3))
    frames = {
        "places": pd.DataFrame({"id": range(50), "kind": RNG.choice(["a", "b", "c"], 50)}),
        "trips": pd.DataFrame(
            {
                "id": range(n),
                "start": RNG.integers(0, 50, n),
                "end": end,
                "via": pd.Series([pd.NA] * n, dtype="Int64"),
                "km": numbers(n),
            }
        ),
    }
    sample = made(tables, frames, epochs=20)
    assert sample["trips"]["via"].isna().all()
    assert sample["trips"]["start"].notna().all()
    assert abs(sample["trips"]["end"].isna().mean() - 0.3) < 0.1


def test_a_schema_eight_tables_deep_and_fifty_wide() -> None:
    n = 30
    tables = {"t0": Table({"id": "key", "x": "numeric"}, "id")}
    frames: Frames = {"t0": pd.DataFrame({"id": range(n), "x": numbers(n)})}
    for number in range(1, 50):
        parent = f"t{number - 1}" if number < 9 else f"t{number % 9}"
        tables[f"t{number}"] = Table({"id": "key", "up": "key", "x": "numeric"}, "id", {"up": parent})
        frames[f"t{number}"] = pd.DataFrame({"id": range(n), "up": RNG.integers(0, n, n), "x": numbers(n)})
    made(tables, frames, epochs=1)


KEYS = {
    "text": lambda n: [f"{i:05d}" for i in RNG.choice(100_000, n, replace=False)],
    "code": lambda n: [f"ORD-{i:04d}" for i in RNG.choice(10_000, n, replace=False)],
    "uuid": lambda n: [str(__import__("uuid").UUID(int=int(i) << 64 | 1, version=4)) for i in range(n)],
    "number": lambda n: RNG.choice(10**8, n, replace=False) + 10**8,
    "date": lambda n: pd.date_range("1990-01-01", periods=n),
}


@pytest.mark.parametrize("kind", KEYS)
def test_natural_keys_of_any_dtype(kind: str) -> None:
    n = 80
    keys = pd.Series(KEYS[kind](n))
    tables = {
        "parents": Table({"code": "key", "x": "numeric"}, "code"),
        "children": Table({"parent": "key", "x": "numeric"}, None, {"parent": "parents"}),
    }
    frames = {
        "parents": pd.DataFrame({"code": keys, "x": numbers(n)}),
        "children": pd.DataFrame(
            {"parent": keys.sample(200, replace=True, random_state=1).array, "x": numbers(200)}
        ),
    }
    sample = made(tables, frames, epochs=1)
    assert sample["parents"]["code"].is_unique
    if kind != "date":
        lengths = sample["parents"]["code"].astype(str).str.len()
        assert (lengths == len(str(keys[0]))).all()
        assert not set(sample["parents"]["code"]) & set(keys)
