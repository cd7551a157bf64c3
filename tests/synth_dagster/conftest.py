"""A shop in a DuckDB file, and the definitions of a synthesis of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from synth_dagster import CheckSettings, DuckDBWarehouse, LocalCompute, TrainingSettings, build_synth_defs
from synth_models.testing import shop

DDL = """
CREATE TABLE users (
    id BIGINT PRIMARY KEY, country VARCHAR, age INTEGER, premium BOOLEAN NOT NULL, income DOUBLE, joined DATE
);
CREATE TABLE products (code VARCHAR PRIMARY KEY, category VARCHAR, price DECIMAL(10, 2));
CREATE TABLE orders (
    id BIGINT PRIMARY KEY, "user" BIGINT NOT NULL REFERENCES users (id), placed TIMESTAMP, channel VARCHAR,
    total DOUBLE
);
CREATE TABLE items (
    id BIGINT PRIMARY KEY, "order" BIGINT NOT NULL REFERENCES orders (id),
    product VARCHAR REFERENCES products (code), quantity INTEGER, unit_price DOUBLE, gift BOOLEAN
);
"""
TABLES = ("users", "products", "orders", "items")
PLAIN = DDL.replace("PRIMARY KEY", "").replace("NOT NULL", "")


def build_shop(path: Path, rows: int, ddl: str = DDL) -> Path:
    data = shop(rows)
    with duckdb.connect(str(path)) as connection:
        connection.execute(ddl)
        for table in TABLES:
            connection.register("frame", data[table])
            connection.execute(f"INSERT INTO {table} SELECT * FROM frame")
            connection.unregister("frame")
    return path


def without_keys(ddl: str = DDL) -> str:
    """The tables without a constraint, so that they may hold what breaks the schema."""
    for table, column in (("users", "id"), ("orders", "id"), ("products", "code")):
        ddl = ddl.replace(f"REFERENCES {table} ({column})", "")
    return ddl.replace("PRIMARY KEY", "").replace("NOT NULL", "")


@pytest.fixture
def shop_file(tmp_path: Path) -> Path:
    """A small shop with declared keys."""
    return build_shop(tmp_path / "shop.duckdb", 40)


@pytest.fixture
def loose_shop_file(tmp_path: Path) -> Path:
    """A small shop without declared keys."""
    return build_shop(tmp_path / "loose.duckdb", 40, without_keys())


SynthDefs = Callable[..., dg.Definitions]


@pytest.fixture
def synth_defs(tmp_path: Path) -> SynthDefs:
    """Definitions of a synthesis of a shop file, all in one folder."""

    def build(file: Path, **options: Any) -> dg.Definitions:
        settings: dict[str, Any] = {
            "tables": list(TABLES),
            "keep": ["products"],
            "training": TrainingSettings(n_epochs=1),
            "checks": CheckSettings(max_train_share=None, max_excess_copies=None),
            "compute": LocalCompute(device="cpu", threads=1),
            "store": str(tmp_path / "store"),
        }
        destination = DuckDBWarehouse(database=str(tmp_path / "out.duckdb"), schema_name="synthetic")
        return build_synth_defs(
            "shop", DuckDBWarehouse(database=str(file)), destination, **(settings | options)
        )

    return build
