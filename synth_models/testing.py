"""A small relational data set made on the spot, for tests, examples and benchmarks."""

import numpy as np
import pandas as pd

from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema, Table

_COUNTRIES = ("IT", "FR", "DE", "ES", "NL")
_CATEGORIES = ("books", "games", "garden", "kitchen")
_PRICE_LEVEL = np.array([12.0, 35.0, 60.0, 25.0])


def shop_schema() -> Schema:
    """The schema of ``shop``: users, products, orders (of a user), items (of an order, maybe a product)."""
    return Schema(
        {
            "users": Table(
                {
                    "id": "key",
                    "country": "categorical",
                    "age": "integer",
                    "premium": "boolean",
                    "income": "numeric",
                    "joined": "date",
                },
                "id",
            ),
            "products": Table({"code": "key", "category": "categorical", "price": "numeric"}, "code"),
            "orders": Table(
                {
                    "id": "key",
                    "user": "key",
                    "placed": "datetime",
                    "channel": "categorical",
                    "total": "numeric",
                },
                "id",
                {"user": "users"},
            ),
            "items": Table(
                {
                    "id": "key",
                    "order": "key",
                    "product": "key",
                    "quantity": "integer",
                    "unit_price": "numeric",
                    "gift": "boolean",
                },
                "id",
                {"order": "orders", "product": "products"},
            ),
        }
    )


def shop(rows: int = 200, seed: int = 0) -> RelationalData:
    """A shop whose columns, tables and keys depend on each other.

    Income grows with age, differs by country and is missing more often for the young; premium users order
    more, and by app; a user's orders follow one another in time; an order's total is the sum of its items;
    prices follow the product, whose popularity differs; about 6 % of the items have no product.

    Args:
        rows: Users; there are about 2.5 orders per user, 2 items per order, and a product per 8 users.
        seed: The same seed makes the same rows.

    Example:
        >>> {name: len(frame) for name, frame in shop(rows=50).items()}["users"]
        50
    """
    rng = np.random.default_rng(seed)
    users = _users(rows, rng)
    products = _products(max(4, rows // 8), rng)
    orders = _orders(users, rng)
    items = _items(orders, products, rng)
    paid = (items["quantity"] * items["unit_price"]).groupby(items["order"]).sum()
    orders["total"] = paid.reindex(orders["id"]).to_numpy().round(2)
    frames = {"users": users.drop(columns="rate"), "products": products, "orders": orders, "items": items}
    return RelationalData(frames, shop_schema())


def _users(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    country = rng.choice(len(_COUNTRIES), rows, p=[0.35, 0.25, 0.2, 0.15, 0.05])
    age = np.clip(rng.normal(34 + 5 * (country == 0), 12, rows), 16, 90).astype(np.int64)
    premium = rng.random(rows) < 1 / (1 + np.exp(-(age - 42) / 8))
    income = np.exp(rng.normal(9.6 + 0.02 * age - 0.15 * country, 0.25)).round(2)
    income[rng.random(rows) < np.where(age < 25, 0.4, 0.08)] = np.nan
    days = (rng.beta(2, 1, rows) * 1400).astype(np.int64)
    return pd.DataFrame(
        {
            "id": np.arange(rows) + 1000,
            "country": np.array(_COUNTRIES, dtype=object)[country],
            "age": age,
            "premium": premium,
            "income": income,
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta(days, unit="D"),
            "rate": np.where(premium, 3.5, 1.8),
        }
    )


def _products(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    category = rng.choice(len(_CATEGORIES), rows, p=[0.4, 0.2, 0.15, 0.25])
    return pd.DataFrame(
        {
            "code": [f"P{number:05d}" for number in range(rows)],
            "category": np.array(_CATEGORIES, dtype=object)[category],
            "price": (_PRICE_LEVEL[category] * rng.lognormal(0, 0.3, rows)).round(2),
        }
    )


def _orders(users: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    owner = np.repeat(np.arange(len(users)), rng.poisson(users["rate"]))
    if not len(owner):
        owner = np.zeros(1, dtype=np.int64)
    premium = users["premium"].to_numpy()[owner]
    gaps = pd.Series(rng.exponential(np.where(premium, 20.0, 45.0)))
    seconds = (gaps.groupby(owner).cumsum().to_numpy() * 86400).astype(np.int64)
    by_app = rng.random(len(owner)) < np.where(premium, 0.7, 0.2)
    return pd.DataFrame(
        {
            "id": np.arange(len(owner)) + 1,
            "user": users["id"].to_numpy()[owner],
            "placed": users["joined"].to_numpy()[owner] + pd.to_timedelta(seconds, unit="s"),
            "channel": np.where(by_app, "app", "web").astype(object),
        }
    )


def _items(orders: pd.DataFrame, products: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    app = (orders["channel"] == "app").to_numpy()
    owner = np.repeat(np.arange(len(orders)), 1 + rng.poisson(np.where(app, 1.4, 0.7)))
    popularity = 1 / np.arange(1, len(products) + 1) ** 0.6
    chosen = rng.choice(len(products), len(owner), p=popularity / popularity.sum())
    cheap = products["price"].to_numpy()[chosen] < 25
    codes = products["code"].to_numpy(dtype=object)[chosen]
    codes[rng.random(len(owner)) < 0.06] = None
    discount = np.where(app[owner], 0.9, 1.0) * rng.choice([1.0, 0.8], len(owner), p=[0.85, 0.15])
    return pd.DataFrame(
        {
            "id": np.arange(len(owner)) + 1,
            "order": orders["id"].to_numpy()[owner],
            "product": codes,
            "quantity": 1 + rng.poisson(np.where(cheap, 1.2, 0.2)),
            "unit_price": (products["price"].to_numpy()[chosen] * discount).round(2),
            "gift": rng.random(len(owner)) < np.where(app[owner], 0.3, 0.1),
        }
    )
