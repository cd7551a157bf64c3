"""A synthetic twin of a warehouse, as Dagster assets."""

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
