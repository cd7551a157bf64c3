"""When a synthesis is refreshed, and how fresh its published tables are to be."""

from datetime import timedelta
from typing import Annotated, Any, Literal, final

import dagster as dg
from pydantic import Field

from synth_dagster.assets.source import versions_of
from synth_dagster.failure import as_failure
from synth_dagster.partitions import PartitionSettings
from synth_dagster.retraining import digest
from synth_dagster.store import Store
from synth_dagster.synthesis import Synthesis, Translation
from synth_dagster.translator import Node, Role
from synth_dagster.warehouse.base import Warehouse
from synth_models.errors import SettingError, report_all


@final
class AutomationSettings(dg.Resolvable, dg.Model):
    """When a synthesis is refreshed of itself; one of the two, or both."""

    cron: str | None = Field(default=None, description="A cron expression, such as `0 3 * * *`.")
    timezone: str = Field(default="UTC", description="Of the cron expression.")
    by: Literal["schedule", "conditions"] = Field(
        default="schedule",
        description="schedule: a job with all assets. conditions: every asset has a condition, the "
        "source by the clock, the others as soon as what is above them is new.",
    )
    when_changed_s: Annotated[int, Field(ge=30)] | None = Field(
        default=None,
        description="A sensor that asks the warehouse every so many seconds for the versions of the tables, "
        "and refreshes the synthesis if they are not those that are staged; none: no sensor.",
    )
    running: bool = Field(
        default=True, description="Whether schedule and sensor run without being started in the UI."
    )


@final
class FreshnessSettings(dg.Resolvable, dg.Model):
    """How old the published tables may be."""

    fail_hours: float = Field(gt=0, description="Older than this they are stale.")
    warn_hours: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="Older than this there is a warning."
    )

    def policy(self) -> dg.FreshnessPolicy:
        """For the assets."""
        warn = timedelta(hours=self.warn_hours) if self.warn_hours else None
        return dg.FreshnessPolicy.time_window(timedelta(hours=self.fail_hours), warn)


def condition(settings: AutomationSettings | None, role: Role) -> dg.AutomationCondition[Any] | None:
    """The automation condition of the assets of a role."""
    if settings is None or settings.cron is None or settings.by != "conditions":
        return None
    if role == Role.SOURCE:
        return dg.AutomationCondition.on_cron(settings.cron, settings.timezone)
    return dg.AutomationCondition.eager()


def automation_defs(
    synthesis: Synthesis, settings: AutomationSettings | None, source: Warehouse, store: Store
) -> dg.Definitions:
    """The job of all assets of the synthesis, its schedule and its sensor."""
    if settings is None:
        return dg.Definitions()
    if synthesis.partitions is not None:
        _check_partitions(settings, synthesis.partitions)
    keys = [synthesis.key(Role.SOURCE, table) for table in synthesis.tables]
    job = dg.define_asset_job(
        synthesis.op("refresh"),
        selection=dg.AssetSelection.assets(*keys).downstream(),
        description=f"Everything of the synthesis '{synthesis.name}', in order.",
    )
    schedules, sensors = [], []
    if settings.cron is not None and settings.by == "schedule":
        schedules.append(_scheduled(synthesis, settings.cron, settings, job))
    if settings.when_changed_s is not None:
        sensors.append(_changed(synthesis, settings, source, store, job))
    return dg.Definitions(jobs=[job], schedules=schedules, sensors=sensors)


def _check_partitions(settings: AutomationSettings, partitions: PartitionSettings) -> None:
    faults = []
    if settings.when_changed_s is not None:
        faults.append("automation.when_changed_s: it cannot tell partitions. Use automation.cron.")
    if settings.cron is not None and partitions.by == "names":
        faults.append(
            "automation.cron: the clock knows no partitions by name. Ask for runs by a sensor of your own."
        )
    report_all(SettingError, "The automation of partitions", faults)


def _scheduled(
    synthesis: Synthesis, cron: str, settings: AutomationSettings, job: Any
) -> dg.ScheduleDefinition:
    """With partitions each tick asks for the last one that has ended."""

    def request(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if synthesis.partitions is None:
            return dg.RunRequest()
        partitions = synthesis.partitions.definition(synthesis.op("partitions"))
        with dg.partition_loading_context(context.scheduled_execution_time):
            last = partitions.get_last_partition_key()
        return dg.RunRequest(partition_key=last) if last else dg.SkipReason("No partition has ended yet.")

    running = dg.DefaultScheduleStatus.RUNNING if settings.running else dg.DefaultScheduleStatus.STOPPED
    return dg.ScheduleDefinition(
        synthesis.op("schedule"),
        job=job,
        cron_schedule=cron,
        execution_timezone=settings.timezone,
        default_status=running,
        execution_fn=request,
    )


def _changed(
    synthesis: Synthesis, settings: AutomationSettings, source: Warehouse, store: Store, job: Any
) -> dg.SensorDefinition:
    @dg.sensor(
        name=synthesis.op("changed"),
        job=job,
        minimum_interval_seconds=settings.when_changed_s,
        default_status=dg.DefaultSensorStatus.RUNNING if settings.running else dg.DefaultSensorStatus.STOPPED,
        description="Refreshes the synthesis when rows of its tables have changed in the warehouse.",
    )
    def changed() -> dg.SensorResult | dg.SkipReason:
        with as_failure():
            found = versions_of(source.process_config_and_initialize(), synthesis)
            staged = {table: store.facts(Role.SOURCE, table) for table in synthesis.tables}
        new = [t for t, version in found.items() if (facts := staged[t]) is None or facts.version != version]
        if not new:
            return dg.SkipReason("The tables are those that are staged.")
        # a state of the warehouse that could not be used is tried once, not every minute
        return dg.SensorResult([dg.RunRequest(run_key=digest(found), tags={"synth/changed": ", ".join(new)})])

    return changed


def with_automation(
    translation: Translation | None,
    automation: AutomationSettings | None,
    freshness: FreshnessSettings | None,
) -> Translation:
    """The translation, with conditions and policies added that it may change."""

    def translated(spec: dg.AssetSpec, node: Node) -> dg.AssetSpec:
        when = condition(automation, node.role)
        if when is not None:
            spec = spec.replace_attributes(automation_condition=when)
        if freshness is not None and node.role == Role.PUBLISHED:
            spec = spec.replace_attributes(freshness_policy=freshness.policy())
        return translation(spec, node) if translation is not None else spec

    return translated
