"""Which warehouse a path or a URL means, and what YAML says of it."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import dagster as dg
import fsspec
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from synth_dagster.warehouse import WAREHOUSES, Warehouse
from synth_models.errors import SettingError

_SQLITE = b"SQLite format 3\x00"
_LIBPQ = "PGPASSWORD"
_OPTIONS = {"sslmode": "sslmode", "host": "host", "connect_timeout": "connect_timeout_s"}


def source_of(place: str, schemas: Sequence[str], password_env: str | None) -> dict[str, Any]:
    """What YAML says of the warehouse at that place: ``type`` and its fields, secrets as ``{"env": NAME}``.

    Args:
        place: The path of a DuckDB or SQLite file or of a folder, or a URL.
        schemas: The schemas; none: the default one.
        password_env: The environment variable with the password; None: there is none, or the usual one.

    Raises:
        SettingError: If the place cannot be understood, or has a password written out.

    Example:
        >>> source_of("mysql://synth@db/shop", ["sales"], None)
        {'type': 'sqlalchemy', 'url': 'mysql://synth@db/shop', 'schema_name': 'sales'}
        >>> source_of("s3://lake/shop", [], None)
        {'type': 'folder', 'path': 's3://lake/shop'}
    """
    said = _located(place)
    if said["type"] == "folder":
        if schemas:
            raise SettingError("--schema: a folder of files has no schemas. Drop it.")
    elif schemas:
        said |= {"schema_name": schemas[0]} if len(schemas) == 1 else {"schemas": list(schemas)}
    if password_env is None and said["type"] == "postgres" and _LIBPQ in os.environ:
        password_env = _LIBPQ
    if password_env is not None:
        if said["type"] in ("folder", "duckdb"):
            raise SettingError(f"--password-env: '{place}' needs no password. Drop it.")
        if password_env not in os.environ:
            raise SettingError(
                f"--password-env: the environment variable '{password_env}' is not set. Set it."
            )
        said["password"] = {"env": password_env}
    return said


def warehouse_of(said: Mapping[str, Any]) -> Warehouse:
    """The warehouse that YAML means, ready to be read."""
    fields = {
        name: dg.EnvVar(value["env"]) if isinstance(value, Mapping) else value
        for name, value in said.items()
        if name != "type"
    }
    make = cast("Callable[..., Warehouse]", WAREHOUSES.get(said["type"]))
    return make(**fields).process_config_and_initialize()


def name_of(said: Mapping[str, Any]) -> str:
    """What a synthesis of this warehouse may be called."""
    place = str(said.get("database") or said.get("path") or _url(str(said["url"])).database or "synthesis")
    name = re.sub(r"\W+", "_", Path(place.rstrip("/")).stem, flags=re.ASCII).strip("_")
    return name or "synthesis"


def _located(place: str) -> dict[str, Any]:
    scheme, separator, _ = place.partition("://")
    if not separator:
        return _on_disk(place)
    if scheme in ("postgres", "postgresql"):
        return _postgres(_url(place))
    if scheme in fsspec.available_protocols():
        return {"type": "folder", "path": place}
    return {"type": "sqlalchemy", "url": _without_password(_url(place)).render_as_string()}


def _on_disk(place: str) -> dict[str, Any]:
    path = Path(place)
    if path.is_dir():
        return {"type": "folder", "path": place}
    if not path.exists():
        raise SettingError(
            f"'{place}' is neither a file nor a folder. Check the path of the DuckDB file or of the folder; "
            f"a database needs a URL, such as postgresql://user@host/database."
        )
    with path.open("rb") as file:
        is_sqlite = file.read(len(_SQLITE)) == _SQLITE
    return (
        {"type": "sqlalchemy", "url": f"sqlite:///{place}"}
        if is_sqlite
        else {"type": "duckdb", "database": place}
    )


def _postgres(url: sa.URL) -> dict[str, Any]:
    _without_password(url)
    unknown = sorted(set(url.query) - set(_OPTIONS))
    if unknown:
        raise SettingError(
            f"The URL of the warehouse has the options {unknown} (understood are: {', '.join(_OPTIONS)}). "
            f"Drop them."
        )
    fields = {"host": url.host, "port": url.port, "database": url.database, "user": url.username}
    fields |= {_OPTIONS[name]: value for name, value in url.query.items()}
    if "connect_timeout_s" in fields:
        fields["connect_timeout_s"] = int(str(fields["connect_timeout_s"]))
    return {"type": "postgres"} | {name: value for name, value in fields.items() if value}


def _url(place: str) -> sa.URL:
    try:
        return sa.make_url(place)
    except (ArgumentError, ValueError):
        raise SettingError(
            "The URL of the warehouse cannot be understood. Write it as postgresql://user@host:port/database."
        ) from None


def _without_password(url: sa.URL) -> sa.URL:
    if url.password:
        raise SettingError(
            "The URL of the warehouse holds a password, which others would see in the list of processes. "
            "Put it into an environment variable, and name that: --password-env NAME."
        )
    return url
