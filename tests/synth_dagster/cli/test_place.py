"""Paths and URLs become the warehouses they mean; passwords never come from them."""

import sqlite3
from pathlib import Path

import pytest

from synth_dagster.cli.place import name_of, source_of, warehouse_of
from synth_models.errors import SettingError

SECRET = "very-secret-value"


def test_files_and_folders(tmp_path: Path, shop_file: Path) -> None:
    lite = tmp_path / "lite.db"
    with sqlite3.connect(lite) as connection:
        connection.execute("CREATE TABLE t (id INTEGER)")
    connection.close()
    assert source_of(str(shop_file), [], None) == {"type": "duckdb", "database": str(shop_file)}
    assert source_of(str(shop_file), ["main"], None)["schema_name"] == "main"
    assert source_of(str(shop_file), ["a", "b"], None)["schemas"] == ["a", "b"]
    assert source_of(str(tmp_path), [], None) == {"type": "folder", "path": str(tmp_path)}
    assert source_of(str(lite), [], None) == {"type": "sqlalchemy", "url": f"sqlite:///{lite}"}
    assert source_of("s3://lake/shop", [], None) == {"type": "folder", "path": "s3://lake/shop"}


def test_urls_of_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    monkeypatch.delenv("PGPASSWORD", raising=False)
    url = "postgresql://synth@db:6000/shop?sslmode=require&connect_timeout=3"
    said = source_of(url, ["sales"], "SHOP_PASSWORD")
    assert said == {
        "type": "postgres",
        "host": "db",
        "port": 6000,
        "database": "shop",
        "user": "synth",
        "sslmode": "require",
        "connect_timeout_s": 3,
        "schema_name": "sales",
        "password": {"env": "SHOP_PASSWORD"},
    }
    assert warehouse_of(said).place("orders") == "db:6000/shop: sales.orders"
    assert "password" not in source_of("postgres://synth@db/shop", [], None)
    monkeypatch.setenv("PGPASSWORD", SECRET)
    assert source_of("postgres://synth@db/shop", [], None)["password"] == {"env": "PGPASSWORD"}
    other = source_of("snowflake://user@account/shop", [], "SHOP_PASSWORD")
    assert other == {
        "type": "sqlalchemy",
        "url": "snowflake://user@account/shop",
        "password": {"env": "SHOP_PASSWORD"},
    }


@pytest.mark.parametrize(
    ("place", "schemas", "password_env", "said"),
    [
        (f"postgresql://u:{SECRET}@db/shop", [], None, "holds a password"),
        (f"mysql://u:{SECRET}@db/shop", [], None, "holds a password"),
        (f"postgresql://u@db/shop?passfile={SECRET}", [], None, "has the options"),
        (f"postgresql://u@db:{SECRET}/shop", [], None, "cannot be understood"),
        ("postgresql://u@db/shop", [], "NOT_SET_ANYWHERE", "is not set"),
        ("nowhere.duckdb", [], None, "neither a file nor a folder"),
        ("s3://lake/shop", ["main"], None, "has no schemas"),
        ("s3://lake/shop", [], "HOME", "needs no password"),
    ],
)
def test_what_is_wrong_is_said_without_secrets(
    place: str, schemas: list[str], password_env: str | None, said: str
) -> None:
    with pytest.raises(SettingError, match=said) as raised:
        source_of(place, schemas, password_env)
    assert SECRET not in str(raised.value)


def test_a_synthesis_is_called_as_its_warehouse() -> None:
    assert name_of({"database": "data/my shop-2.duckdb"}) == "my_shop_2"
    assert name_of({"path": "s3://lake/shop/"}) == "shop"
    assert name_of({"url": "mysql://u@h/shop"}) == "shop"
    assert name_of({"url": "mysql://u@h"}) == "synthesis"
