"""When a synthesis is refreshed of itself: what the sensor asks for, and when not."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from synth_dagster import AutomationSettings, FreshnessSettings

SynthDefs = Callable[..., dg.Definitions]


def changed(defs: dg.Definitions) -> dg.SensorDefinition:
    (sensor,) = [one for one in defs.sensors or [] if one.name == "shop__changed"]
    assert isinstance(sensor, dg.SensorDefinition)
    return sensor


def tick(defs: dg.Definitions) -> dg.SensorResult | dg.SkipReason:
    sensor = changed(defs)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance, sensor_name="shop__changed", definitions=defs)
        result = sensor(context)
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return result


def requested(defs: dg.Definitions) -> dg.RunRequest:
    result = tick(defs)
    assert isinstance(result, dg.SensorResult)
    (request,) = result.run_requests or []
    return request


def test_the_sensor_asks_for_a_run_when_rows_have_changed(shop_file: Path, synth_defs: SynthDefs) -> None:
    defs = synth_defs(shop_file, automation=AutomationSettings(when_changed_s=60))
    first = requested(defs)
    assert first.tags["synth/changed"] == "users, products, orders, items"  # nothing is staged yet
    job = defs.resolve_implicit_global_asset_job_def()
    sources = [s.key for s in defs.resolve_all_asset_specs() if s.key.path[1] == "source"]
    assert job.execute_in_process(asset_selection=sources).success
    assert isinstance(tick(defs), dg.SkipReason)
    with duckdb.connect(str(shop_file)) as connection:
        connection.execute("UPDATE items SET quantity = quantity + 1")
    second = requested(defs)
    assert second.tags["synth/changed"] == "items"
    assert requested(defs).run_key == second.run_key != first.run_key  # the same state asks for one run


def test_a_source_that_cannot_be_used_is_told_in_the_tick(shop_file: Path, synth_defs: SynthDefs) -> None:
    defs = synth_defs(
        shop_file, tables=["users", "nowhere"], keep=[], automation=AutomationSettings(when_changed_s=60)
    )
    with pytest.raises(dg.Failure, match="nowhere"):
        tick(defs)


def test_the_job_of_the_sensor_is_the_whole_synthesis(shop_file: Path, synth_defs: SynthDefs) -> None:
    defs = synth_defs(shop_file, automation=AutomationSettings(when_changed_s=60))
    assert changed(defs).job_name == "shop__refresh"
    keys = {s.key for s in defs.resolve_all_asset_specs()}
    assert defs.resolve_job_def("shop__refresh").asset_layer.executable_asset_keys == keys


def test_nothing_runs_of_itself_unless_it_is_asked_to(shop_file: Path, synth_defs: SynthDefs) -> None:
    defs = synth_defs(shop_file, end_dead_runs=False)
    assert not defs.sensors
    assert not defs.schedules
    assert not defs.jobs


def test_freshness_in_hours() -> None:
    policy = FreshnessSettings(fail_hours=26, warn_hours=25).policy()
    assert policy.fail_window.to_timedelta().total_seconds() == 26 * 3600  # type: ignore[attr-defined]
