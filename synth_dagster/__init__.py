"""A synthetic twin of a warehouse, as Dagster assets.

The names below are imported when they are asked for: the processes that train have no need of Dagster.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synth_dagster.alerts import AlertSettings
    from synth_dagster.automation import AutomationSettings, FreshnessSettings
    from synth_dagster.component import SynthComponent, build_synth_defs
    from synth_dagster.compute.base import Compute
    from synth_dagster.compute.local import LocalCompute
    from synth_dagster.discovery import TableKey, TableSpec
    from synth_dagster.partitions import PartitionSettings
    from synth_dagster.settings import (
        CheckSettings,
        ModelSettings,
        PublishSettings,
        ReportSettings,
        RetrainingSettings,
        SamplingSettings,
        TrainingSettings,
    )
    from synth_dagster.store import Store
    from synth_dagster.translator import Node, Role, SynthTranslator
    from synth_dagster.warehouse.base import Warehouse
    from synth_dagster.warehouse.duckdb import DuckDBWarehouse

__all__ = [
    "AlertSettings",
    "AutomationSettings",
    "CheckSettings",
    "Compute",
    "DuckDBWarehouse",
    "FreshnessSettings",
    "LocalCompute",
    "ModelSettings",
    "Node",
    "PartitionSettings",
    "PublishSettings",
    "ReportSettings",
    "RetrainingSettings",
    "Role",
    "SamplingSettings",
    "Store",
    "SynthComponent",
    "SynthTranslator",
    "TableKey",
    "TableSpec",
    "TrainingSettings",
    "Warehouse",
    "build_synth_defs",
]

_HOMES = {
    "AlertSettings": "alerts",
    "AutomationSettings": "automation",
    "CheckSettings": "settings",
    "Compute": "compute.base",
    "DuckDBWarehouse": "warehouse.duckdb",
    "FreshnessSettings": "automation",
    "LocalCompute": "compute.local",
    "ModelSettings": "settings",
    "Node": "translator",
    "PartitionSettings": "partitions",
    "PublishSettings": "settings",
    "ReportSettings": "settings",
    "RetrainingSettings": "settings",
    "Role": "translator",
    "SamplingSettings": "settings",
    "Store": "store",
    "SynthComponent": "component",
    "SynthTranslator": "translator",
    "TableKey": "discovery",
    "TableSpec": "discovery",
    "TrainingSettings": "settings",
    "Warehouse": "warehouse.base",
    "build_synth_defs": "component",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'synth_dagster' has no attribute '{name}'")
    return getattr(import_module(f"synth_dagster.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
