"""Thresholds in the settings become checks of the report."""

from collections.abc import Mapping

import dagster as dg
import pytest

from synth_dagster import CheckSettings, DuckDBWarehouse, build_synth_defs
from synth_dagster.settings import ThresholdSettings
from synth_models.errors import UnknownNameError


def checks(thresholds: Mapping[str, ThresholdSettings]) -> dict[str, bool]:
    """The checks of the report, and whether each blocks."""
    defs = build_synth_defs(
        "shop",
        DuckDBWarehouse(database="shop.duckdb"),
        DuckDBWarehouse(database="other.duckdb", schema_name="synthetic"),
        tables=["users"],
        checks=CheckSettings(thresholds=dict(thresholds)),
    )
    report = dg.AssetKey(["shop", "report"])
    specs = [spec for check in defs.asset_checks or () for spec in getattr(check, "check_specs", ())]
    return {spec.name: spec.blocking for spec in specs if spec.asset_key == report}


def test_each_threshold_is_a_check() -> None:
    found = checks({"c2st": ThresholdSettings(limit=0.7), "proximity": ThresholdSettings(limit=0.5)})
    assert found == {"privacy": True, "fidelity": False, "c2st": False, "proximity": True}


def test_without_thresholds_there_are_the_two_checks() -> None:
    assert checks({}) == {"privacy": True, "fidelity": False}


def test_a_metric_that_is_not_there_is_told() -> None:
    with pytest.raises(UnknownNameError, match="proximity"):
        checks({"proximty": ThresholdSettings(limit=0.5)})
