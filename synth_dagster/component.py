"""A synthesis in a Dagster project: from YAML (``SynthComponent``) or from Python (``build_synth_defs``)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import dagster as dg
from dagster.components.utils.translation import TranslationFn, TranslationFnResolver
from pydantic import Field

from synth_dagster.alerts import AlertSettings, failed_checks
from synth_dagster.assets.model import model_asset
from synth_dagster.assets.published import published_assets
from synth_dagster.assets.report import report_asset
from synth_dagster.assets.source import source_assets
from synth_dagster.assets.synthetic import synthetic_assets
from synth_dagster.automation import AutomationSettings, FreshnessSettings, automation_defs, with_automation
from synth_dagster.checks.fidelity import fidelity
from synth_dagster.checks.privacy import privacy
from synth_dagster.checks.source_validity import source_validity
from synth_dagster.checks.synthetic_ranges import synthetic_ranges
from synth_dagster.checks.synthetic_validity import synthetic_validity
from synth_dagster.checks.thresholds import thresholds
from synth_dagster.compute.base import Compute
from synth_dagster.compute.local import LocalCompute
from synth_dagster.discovery import Tables, TableSpec, wanted
from synth_dagster.frames import StagedTables
from synth_dagster.partitions import PartitionSettings
from synth_dagster.recovery import dead_runs
from synth_dagster.scaffold import SynthScaffolder
from synth_dagster.settings import (
    CheckSettings,
    LocalComputeSettings,
    ModelSettings,
    PublishSettings,
    ReportSettings,
    RetrainingSettings,
    RetrySettings,
    SamplingSettings,
    TrainingSettings,
    as_written,
)
from synth_dagster.store import Store
from synth_dagster.synthesis import Execute, Results, Synthesis, Translation, Work, execute_as_it_is
from synth_dagster.translator import Node, Role, SynthTranslator
from synth_dagster.warehouse import Warehouse
from synth_dagster.warehouse.base import check_keeps
from synth_dagster.warehouse.choice import check_secrets, choice_of_warehouse, resolved
from synth_dagster.warehouse.duckdb import DuckDBWarehouse


def build_synth_defs(
    name: str,
    source: Warehouse,
    destination: Warehouse,
    *,
    store: Store | str | None = None,
    tables: Tables | None = None,
    exclude: Sequence[str] = (),
    keep: Sequence[str] = (),
    architecture: ModelSettings | None = None,
    training: TrainingSettings | None = None,
    retraining: RetrainingSettings | None = None,
    sampling: SamplingSettings | None = None,
    report: ReportSettings | None = None,
    checks: CheckSettings | None = None,
    publish: PublishSettings | None = None,
    compute: Compute | None = None,
    translator: SynthTranslator | None = None,
    translation: Translation | None = None,
    execute: Execute = execute_as_it_is,
    automation: AutomationSettings | None = None,
    freshness: FreshnessSettings | None = None,
    alerts: AlertSettings | None = None,
    end_dead_runs: bool = True,
    partitions: PartitionSettings | None = None,
    pool: str | None = "gpu",
    op_tags: Mapping[str, Any] | None = None,
    retry_policy: dg.RetryPolicy | None = None,
) -> dg.Definitions:
    """The assets, checks and resources of one synthesis.

    Args:
        name: The first part of every asset key.
        source: Where the real tables are.
        destination: Where the synthetic ones are published.
        store: Where snapshots, checkpoints and reports are kept, for this synthesis alone; None: the folder
            ``synth_store/<name>`` of the working directory.
        tables: The tables, by name or pattern or with what is declared of each; None: all of the source. With
            patterns or None the source is read whenever the definitions are loaded.
        exclude: Names and patterns of tables that are left out.
        keep: Lookup tables that are published as they are.
        architecture, training, retraining, sampling, report, checks, publish: Settings; None for the
            defaults.
        compute: Where the heavy work runs; None: a child process.
        translator: Keys, groups, owners and tags; None for the default.
        translation: Changes the spec of an asset; None to leave it.
        execute: Does the work of every op; for what is to be done before and after it.
        automation: When it is refreshed of itself; None: never.
        freshness: How old the published tables may be; None: as old as they like.
        alerts: Where it is told that a check has failed; None: no sensor looks for it.
        end_dead_runs: Whether a sensor ends the runs whose processes were killed, so that others can begin.
        partitions: How fact tables are divided; None: every run reads all of them.
        pool: The pool of the ops that train and sample.
        op_tags: Tags of these ops.
        retry_policy: Of every op; bad data, schemas and settings are never retried.

    Raises:
        SynthError: If something about the arguments themselves is wrong.

    Example:
        >>> defs = build_synth_defs(
        ...     "shop",
        ...     DuckDBWarehouse(database="shop.duckdb"),
        ...     DuckDBWarehouse(database="shop_synthetic.duckdb", schema_name="synthetic"),
        ...     tables=["users", "orders"],
        ... )
        >>> dg.AssetKey(["shop", "published", "users"]) in {s.key for s in defs.resolve_all_asset_specs()}
        True
    """
    check_secrets(source=source, destination=destination)
    publish = publish or PublishSettings()
    check_keeps(destination, publish.keep)
    synthesis = Synthesis(
        name=name,
        tables=wanted(tables, exclude, source),
        keep=tuple(keep),
        architecture=architecture or ModelSettings(),
        training=training or TrainingSettings(),
        retraining=retraining or RetrainingSettings(),
        sampling=sampling or SamplingSettings(),
        report=report or ReportSettings(),
        checks=checks or CheckSettings(),
        publish=publish,
        translator=translator or SynthTranslator(name),
        translation=with_automation(translation, automation, freshness),
        execute=execute,
        pool=pool,
        op_tags=op_tags or {},
        partitions=partitions,
        icons={Role.SOURCE: source.icon, Role.PUBLISHED: destination.icon},
        retry_policy=retry_policy,
    )
    kept = store if isinstance(store, Store) else Store(root=store or f"synth_store/{name}")
    assets = [
        source_assets(synthesis),
        model_asset(synthesis),
        synthetic_assets(synthesis),
        report_asset(synthesis),
        published_assets(synthesis),
    ]
    checked = [
        source_validity(synthesis),
        synthetic_validity(synthesis),
        synthetic_ranges(synthesis),
        privacy(synthesis),
        fidelity(synthesis),
        *thresholds(synthesis),
    ]
    sensors = []
    if alerts:
        sensors.append(failed_checks(synthesis, alerts, [k for c in checked for k in c.check_keys]))
    if end_dead_runs:
        sensors.append(dead_runs(synthesis, [key for made in assets for key in made.keys]))
    own = dg.Definitions(
        assets=assets,
        asset_checks=checked,
        sensors=sensors,
        resources={
            synthesis.op("source"): source,
            synthesis.op("destination"): destination,
            synthesis.op("store"): kept,
            synthesis.op("compute"): compute or LocalCompute(),
            synthesis.op("tables"): StagedTables(store=kept),
        },
    )
    return dg.Definitions.merge(own, automation_defs(synthesis, automation, source, kept))


@dg.scaffold_with(SynthScaffolder)
class SynthComponent(dg.Component, dg.Resolvable, dg.Model):
    """A synthetic twin of a warehouse: source, model, synthetic tables, report, published tables."""

    name: str = Field(description="Name of the synthesis: the first part of every asset key.")
    source: Annotated[Warehouse, dg.Resolver(resolved, model_field_type=choice_of_warehouse())] = Field(
        description="Where the real tables are: `type` (duckdb, postgres, folder, sqlalchemy) and its fields."
    )
    destination: Annotated[
        Warehouse | None, dg.Resolver(resolved, model_field_type=choice_of_warehouse() | None)
    ] = Field(
        default=None,
        description="Where the synthetic ones are published; none: schema `synthetic` of the file "
        "`<name>_synthetic.duckdb`.",
    )
    tables: list[str] | dict[str, TableSpec | None] | None = Field(
        default=None,
        description="The tables, as a list of names and patterns or with what is declared of each; none: all "
        "of the source.",
    )
    exclude: list[str] = Field(default=[], description="Names and patterns of tables that are left out.")
    keep: list[str] = Field(default=[], description="Lookup tables that are published as they are.")
    store: str | None = Field(
        default=None, description="Folder or URL of the store; none: `synth_store/<name>`."
    )
    architecture: ModelSettings = Field(default=ModelSettings(), description="Parameters of the model.")
    training: TrainingSettings = Field(default=TrainingSettings(), description="How it is trained.")
    retraining: RetrainingSettings = Field(
        default=RetrainingSettings(), description="When it goes on from the last checkpoint, and when not."
    )
    sampling: SamplingSettings = Field(
        default=SamplingSettings(), description="How many rows are drawn, and how."
    )
    report: ReportSettings = Field(default=ReportSettings(), description="How the report is made.")
    checks: CheckSettings = Field(default=CheckSettings(), description="What must be reached to publish.")
    publish: PublishSettings = Field(
        default=PublishSettings(), description="How the synthetic tables are published."
    )
    compute: LocalComputeSettings = Field(
        default=LocalComputeSettings(), description="How the heavy work is computed."
    )
    group: str | None = Field(
        default=None, description="Group of the assets; none: the name of the synthesis."
    )
    owners: list[str] = Field(default=[], description="Owners of the assets.")
    tags: dict[str, str] = Field(default={}, description="Tags of the assets.")
    kinds: list[str] = Field(default=[], description="Kinds of the assets, before those they have anyway.")
    translation: Annotated[
        TranslationFn[Node] | None,
        TranslationFnResolver[Node](lambda node: {"node": node}),
    ] = Field(
        default=None,
        description="Changes the assets: `key`, `group_name`, ... with `{{ node.role }}`, `{{ node.table }}` "
        "and `{{ spec }}`.",
    )
    automation: AutomationSettings | None = Field(
        default=None, description="When it is refreshed of itself; none: never."
    )
    freshness: FreshnessSettings | None = Field(
        default=None, description="How old the published tables may be."
    )
    alerts: AlertSettings | None = Field(
        default=None, description="Where it is told that a check has failed; none: no sensor looks for it."
    )
    end_dead_runs: bool = Field(
        default=True,
        description="Whether a sensor ends the runs whose processes were killed, so that others can begin.",
    )
    partitions: PartitionSettings | None = Field(
        default=None, description="How fact tables are divided; none: every run reads all of them."
    )
    pool: str | None = Field(default="gpu", description="Pool of the ops that train and sample.")
    op_tags: Annotated[dict[str, Any], dg.Resolver(as_written, model_field_type=dict[str, Any])] = Field(
        default={},
        description="Tags of these ops, whatever the executor reads, such as dagster-k8s/config.",
    )
    retry: RetrySettings | None = Field(
        default=None, description="How often a step is tried again; none: never."
    )

    def translator(self) -> SynthTranslator:
        """What the assets are called; override to change it."""
        return SynthTranslator(
            self.name, group=self.group, owners=self.owners, tags=self.tags, kinds=self.kinds
        )

    def computing(self) -> Compute:
        """Where the heavy work runs; override to run it elsewhere, or to do something before and after."""
        return LocalCompute(**self.compute.model_dump())

    def execute(self, context: dg.AssetExecutionContext, role: Role, work: Work) -> Results:
        """What the op of a role does; override to do more before and after ``yield from work(context)``."""
        yield from work(context)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """See ``build_synth_defs``."""
        beside = DuckDBWarehouse(database=f"{self.name}_synthetic.duckdb", schema_name="synthetic")
        return build_synth_defs(
            self.name,
            self.source,
            self.destination or beside,
            store=self.store,
            tables=self.tables,
            exclude=self.exclude,
            keep=self.keep,
            architecture=self.architecture,
            training=self.training,
            retraining=self.retraining,
            sampling=self.sampling,
            report=self.report,
            checks=self.checks,
            publish=self.publish,
            compute=self.computing(),
            translator=self.translator(),
            translation=self.translation,
            execute=self.execute,
            automation=self.automation,
            freshness=self.freshness,
            alerts=self.alerts,
            end_dead_runs=self.end_dead_runs,
            partitions=self.partitions,
            pool=self.pool,
            op_tags=self.op_tags,
            retry_policy=self.retry.policy() if self.retry else None,
        )
