"""Which warehouse YAML means: ``type`` names a backend, the rest are its fields; secrets are only named."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, final

import dagster as dg
from pydantic import Discriminator, Field, Tag, create_model
from pydantic.fields import FieldInfo

from synth_dagster.warehouse import WAREHOUSES, Warehouse
from synth_models.errors import SettingError, report_all

_DEFAULT = "duckdb"


@final
class FromEnvironment(dg.Model):
    """The value of an environment variable, which is read when a run needs it."""

    env: str = Field(description="The name of the environment variable.")


def choice_of_warehouse() -> Any:
    """The type of what YAML says of a warehouse: that of one of the backends."""
    models = [Annotated[_described(name, WAREHOUSES.get(name)), Tag(name)] for name in WAREHOUSES.names()]
    return Annotated[Union[tuple(models)], Discriminator(_type_of)]  # noqa: UP007


def resolved(context: dg.ResolutionContext, said: Any) -> Warehouse | None:
    """The warehouse that YAML means."""
    if said is None or isinstance(said, Warehouse):
        return said
    given = {
        name: dg.EnvVar(value.env) if isinstance(value, FromEnvironment) else context.resolve_value(value)
        for name in said.model_fields_set - {"type"}
        for value in [getattr(said, name)]
    }
    return WAREHOUSES.get(said.type)(**given)


def check_secrets(**warehouses: Warehouse) -> None:
    """Raise a ``SettingError`` naming every secret that does not come from the environment.

    Dagster shows the fields of a resource in its UI; of an ``EnvVar`` it shows the name.
    """
    faults = [
        f"{role}.{name}: a secret is written out. Set an environment variable, and name it: "
        f"dg.EnvVar('NAME'), in YAML {{env: NAME}}."
        for role, warehouse in warehouses.items()
        for name, info in type(warehouse).model_fields.items()
        if _is_secret(info)
        and getattr(warehouse, name)
        and not isinstance(getattr(warehouse, name), dg.EnvVar)
    ]
    report_all(SettingError, "The warehouses", faults)


def _described(name: str, backend: type[Warehouse]) -> type[dg.Model]:
    # Only the default's type may be left out: the JSON schema must tell the backends apart, too.
    default = name if name == _DEFAULT else ...
    fields: dict[str, Any] = {"type": (Literal[name], Field(default=default, description=f"{name}."))}
    for field, info in backend.model_fields.items():
        fields[field] = (_annotation(info), Field(default=info.default, description=info.description))
    return create_model(f"{backend.__name__}Choice", __base__=dg.Model, __doc__=backend.__doc__, **fields)


def _annotation(info: FieldInfo) -> Any:
    if _is_secret(info):
        return FromEnvironment
    return str | FromEnvironment if info.annotation is str else info.annotation


def _is_secret(info: FieldInfo) -> bool:
    extra = info.json_schema_extra
    return isinstance(extra, Mapping) and extra.get("secret") is True


def _type_of(said: Any) -> str:
    return str(said.get("type", _DEFAULT) if isinstance(said, Mapping) else getattr(said, "type", _DEFAULT))
