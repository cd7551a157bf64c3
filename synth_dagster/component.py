"""A synthesis in a Dagster project: from YAML (``SynthComponent``) or from Python (``build_synth_defs``)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, final

import dagster as dg
from pydantic import Field

from synth_dagster.assets.model import model_asset
from synth_dagster.assets.published import published_assets
from synth_dagster.assets.report import report_asset
from synth_dagster.assets.source import source_assets
from synth_dagster.assets.synthetic import synthetic_assets
from synth_dagster.checks.fidelity import fidelity
from synth_dagster.checks.privacy import privacy
from synth_dagster.checks.source_validity import source_validity
from synth_dagster.checks.synthetic_ranges import synthetic_ranges
from synth_dagster.checks.synthetic_validity import synthetic_validity
from synth_dagster.compute.base import Compute
from synth_dagster.compute.local import LocalCompute
from synth_dagster.discovery import TableSpec
from synth_dagster.frames import StagedTables
from synth_dagster.settings import (
    CheckSettings,
    ModelSettings,
    ReportSettings,
    SamplingSettings,
    TrainingSettings,
)
from synth_dagster.store import Store
from synth_dagster.synthesis import Synthesis
from synth_dagster.translator import Role, SynthTranslator
from synth_dagster.warehouse import Warehouse
from synth_dagster.warehouse.choice import check_secrets, choice_of_warehouse, resolved
from synth_dagster.warehouse.duckdb import DuckDBWarehouse

Tables = Sequence[str] | Mapping[str, TableSpec | None]


def build_synth_defs(
    name: str,
    source: Warehouse,
    destination: Warehouse,
    *,
    store: Store | str | None = None,
    tables: Tables | None = None,
    keep: Sequence[str] = (),
    architecture: ModelSettings | None = None,
    training: TrainingSettings | None = None,
    sampling: SamplingSettings | None = None,
    report: ReportSettings | None = None,
    checks: CheckSettings | None = None,
    compute: Compute | None = None,
    translator: SynthTranslator | None = None,
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
        tables: The tables, by name or with what is declared of each; None: all tables of the source, which is
            then read whenever the definitions are loaded.
        keep: Lookup tables that are published as they are.
        architecture, training, sampling, report, checks: Settings; None for the defaults.
        compute: Where the heavy work runs; None: a child process.
        translator: Keys, groups, owners and tags; None for the default.
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
    synthesis = Synthesis(
        name=name,
        tables=_declared(tables, source),
        keep=tuple(keep),
        architecture=architecture or ModelSettings(),
        training=training or TrainingSettings(),
        sampling=sampling or SamplingSettings(),
        report=report or ReportSettings(),
        checks=checks or CheckSettings(),
        translator=translator or SynthTranslator(name),
        pool=pool,
        op_tags=op_tags or {},
        icons={Role.SOURCE: source.icon, Role.PUBLISHED: destination.icon},
        retry_policy=retry_policy,
    )
    kept = store if isinstance(store, Store) else Store(root=store or f"synth_store/{name}")
    return dg.Definitions(
        assets=[
            source_assets(synthesis),
            model_asset(synthesis),
            synthetic_assets(synthesis),
            report_asset(synthesis),
            published_assets(synthesis),
        ],
        asset_checks=[
            source_validity(synthesis),
            synthetic_validity(synthesis),
            synthetic_ranges(synthesis),
            privacy(synthesis),
            fidelity(synthesis),
        ],
        resources={
            synthesis.op("source"): source,
            synthesis.op("destination"): destination,
            synthesis.op("store"): kept,
            synthesis.op("compute"): compute or LocalCompute(),
            synthesis.op("tables"): StagedTables(store=kept),
        },
    )


def _declared(tables: Tables | None, source: Warehouse) -> dict[str, TableSpec]:
    if tables is None:
        with source.process_config_and_initialize().reading() as reader:
            return {table: TableSpec() for table in reader.tables()}
    if isinstance(tables, Mapping):
        return {table: spec or TableSpec() for table, spec in tables.items()}
    return {table: TableSpec() for table in tables}


class LocalComputeSettings(dg.Resolvable, dg.Model):
    """How the child process computes."""

    device: str | None = Field(
        default=None, description="cpu, cuda, cuda:1, ...; none: a GPU if there is one."
    )
    threads: int | None = Field(default=None, description="CPU threads; none: as many as PyTorch sees fit.")
    precision: str = Field(
        default="highest", description="highest, high or medium, of float32 matrix products."
    )


@final
class SynthScaffolder(dg.Scaffolder[Any]):
    """What ``dg scaffold defs synth_dagster.SynthComponent NAME`` writes: a synthesis to fill in."""

    def scaffold(self, request: dg.ScaffoldRequest[Any]) -> None:
        """Write ``defs.yaml``; the synthesis is called as its folder."""
        name = request.target_path.name.replace("-", "_")
        attributes = {
            "name": name,
            "source": {"type": "duckdb", "database": f"{name}.duckdb"},
            "destination": {
                "type": "duckdb",
                "database": f"{name}_synthetic.duckdb",
                "schema_name": "synthetic",
            },
            "tables": ["your_table", "another_table"],
            "keep": [],
        }
        dg.scaffold_component(request, attributes)


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
        description="The tables, as a list or with what is declared of each; none: all of the source.",
    )
    keep: list[str] = Field(default=[], description="Lookup tables that are published as they are.")
    store: str | None = Field(
        default=None, description="Folder or URL of the store; none: `synth_store/<name>`."
    )
    architecture: ModelSettings = Field(default=ModelSettings(), description="Parameters of the model.")
    training: TrainingSettings = Field(default=TrainingSettings(), description="How it is trained.")
    sampling: SamplingSettings = Field(
        default=SamplingSettings(), description="How many rows are drawn, and how."
    )
    report: ReportSettings = Field(default=ReportSettings(), description="How the report is made.")
    checks: CheckSettings = Field(default=CheckSettings(), description="What must be reached to publish.")
    compute: LocalComputeSettings = Field(
        default=LocalComputeSettings(), description="How the heavy work is computed."
    )
    group: str | None = Field(
        default=None, description="Group of the assets; none: the name of the synthesis."
    )
    owners: list[str] = Field(default=[], description="Owners of the assets.")
    tags: dict[str, str] = Field(default={}, description="Tags of the assets.")
    pool: str | None = Field(default="gpu", description="Pool of the ops that train and sample.")
    op_tags: dict[str, Any] = Field(default={}, description="Tags of these ops, such as dagster-k8s/config.")

    max_retries: int = Field(
        default=0, description="Of each op; bad data, schemas and settings are never retried."
    )

    def translator(self) -> SynthTranslator:
        """What the assets are called; override to change it."""
        return SynthTranslator(self.name, group=self.group, owners=self.owners, tags=self.tags)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """See ``build_synth_defs``."""
        beside = DuckDBWarehouse(database=f"{self.name}_synthetic.duckdb", schema_name="synthetic")
        return build_synth_defs(
            self.name,
            self.source,
            self.destination or beside,
            store=self.store,
            tables=self.tables,
            keep=self.keep,
            architecture=self.architecture,
            training=self.training,
            sampling=self.sampling,
            report=self.report,
            checks=self.checks,
            compute=LocalCompute(**self.compute.model_dump()),
            translator=self.translator(),
            pool=self.pool,
            op_tags=self.op_tags,
            retry_policy=dg.RetryPolicy(max_retries=self.max_retries) if self.max_retries else None,
        )
