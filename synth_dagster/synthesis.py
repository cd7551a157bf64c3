"""One synthesis: a set of tables, a model, a destination; what every asset and check of it is made from."""

import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, final

import dagster as dg

from synth_dagster.compute.base import Compute
from synth_dagster.discovery import TableSpec, check_names
from synth_dagster.partitions import PartitionSettings
from synth_dagster.retraining import digest
from synth_dagster.settings import (
    CheckSettings,
    ModelSettings,
    PublishSettings,
    ReportSettings,
    RetrainingSettings,
    SamplingSettings,
    TrainingSettings,
    check_sampling,
)
from synth_dagster.store import Store
from synth_dagster.translator import Node, Role, SynthTranslator
from synth_dagster.warehouse.base import Warehouse
from synth_models.errors import SettingError, report_all

HOST = "synth/host"
"""The tag of a run that tells the machine its ops run on."""

Translation = Callable[[dg.AssetSpec, Node], dg.AssetSpec]
"""Changes the spec of an asset, given what it is of."""

Results = Iterator[dg.MaterializeResult[Any]]
Work = Callable[[dg.AssetExecutionContext], Results]
"""What an op does."""
Execute = Callable[[dg.AssetExecutionContext, Role, Work], Results]
"""Does the work of the op of a role, and what is to be done before and after it."""


def execute_as_it_is(context: dg.AssetExecutionContext, role: Role, work: Work) -> Results:
    """Nothing before, nothing after."""
    return work(context)


@final
@dataclass(frozen=True, kw_only=True)
class Synthesis:
    """What a synthesis is; valid if it exists.

    Args:
        name: The first part of every asset key, and of the names of ops and resources.
        tables: The tables, and what is declared of each on top of what the warehouse says.
        keep: Lookup tables that are published as they are.
        architecture, training, retraining, sampling, report, checks, publish: How.
        translator: What the assets are called.
        translation: Changes the spec of an asset, its key too; None to leave it as the translator made it.
        execute: Does the work of every op.
        pool: The pool of the ops that train and sample; None for none.
        op_tags: Tags of these ops, whatever the executor reads (for instance ``dagster-k8s/config``).
        partitions: How fact tables are divided, and with them the source and the model; None: not at all.
        icons: What the warehouse is that the tables of a role are in, as a kind of Dagster.
        retry_policy: Of every op; bad data, schemas and settings are never retried.

    Raises:
        SettingError: With everything that is wrong with the name, the kept tables and the sampling.
    """

    name: str
    tables: Mapping[str, TableSpec]
    keep: Sequence[str] = ()
    architecture: ModelSettings = field(default_factory=ModelSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    retraining: RetrainingSettings = field(default_factory=RetrainingSettings)
    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    report: ReportSettings = field(default_factory=ReportSettings)
    checks: CheckSettings = field(default_factory=CheckSettings)
    publish: PublishSettings = field(default_factory=PublishSettings)
    translator: SynthTranslator
    translation: Translation | None = None
    execute: Execute = execute_as_it_is
    pool: str | None = "gpu"
    op_tags: Mapping[str, Any] = field(default_factory=dict)
    partitions: PartitionSettings | None = None
    icons: Mapping[Role, str] = field(default_factory=dict)
    retry_policy: dg.RetryPolicy | None = None

    def __post_init__(self) -> None:
        faults = []
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", self.name):
            faults.append(
                f"name: '{self.name}' must be letters, digits and underscores, and begin with no digit."
            )
        if not self.tables:
            faults.append("tables: there are none. Name at least one table of the warehouse.")
        faults += self.partitions.faults(self.tables) if self.partitions else []
        report_all(SettingError, f"The synthesis '{self.name}'", faults)
        check_names(self.tables, self.keep)
        check_sampling(self.sampling, self.made, self.keep)

    @property
    def made(self) -> list[str]:
        """The tables that are synthesized."""
        return [table for table in self.tables if table not in self.keep]

    def node(self, role: Role, table: str | None = None) -> Node:
        """The node of an asset, for the translator."""
        return Node(role=role, table=table, kept=table in self.keep, icon=self.icons.get(role))

    def key(self, role: Role, table: str | None = None) -> dg.AssetKey:
        """The key of an asset."""
        return self.spec(role, table).key

    def spec(self, role: Role, table: str | None = None, deps: Sequence[Node] = ()) -> dg.AssetSpec:
        """The spec of an asset."""
        node = self.node(role, table)
        spec = self.translator.spec(node)
        if self.translation is not None:
            spec = self.translation(spec, node)
        deps_of = [self.dep(role, one) for one in deps]
        spec = spec.replace_attributes(deps=deps_of, code_version=self._code_version(role, spec))
        if self.partitions is None or not self._is_divided(role):
            return spec
        return spec.replace_attributes(partitions_def=self.partitions.definition(self.op("partitions")))

    def dep(self, role: Role, above: Node) -> dg.AssetDep:
        """What an asset of a role is made of."""
        mapping = None
        if self.partitions is not None and self._is_divided(above.role) and not self._is_divided(role):
            mapping = self.partitions.last()
        return dg.AssetDep(self.key(above.role, above.table), partition_mapping=mapping)

    def itself_before(self, role: Role, table: str | None = None) -> list[dg.AssetDep]:
        """The partition before of the asset itself: partitions come in order, if they have one."""
        before = self.partitions.before() if self.partitions is not None else None
        return [dg.AssetDep(self.key(role, table), partition_mapping=before)] if before else []

    @property
    def in_order(self) -> bool:
        """Whether there are partitions that come one after the other."""
        return self.partitions is not None and self.partitions.before() is not None

    @property
    def backfill(self) -> dg.BackfillPolicy | None:
        """Of the assets with partitions."""
        return dg.BackfillPolicy.multi_run(1) if self.partitions is not None else None

    def _code_version(self, role: Role, spec: dg.AssetSpec) -> str | None:
        """That of the library and of the settings the role is made with."""
        settings = {
            Role.MODEL: [self.architecture, self.training],
            Role.SYNTHETIC: [self.sampling],
            Role.REPORT: [self.report, self.checks],
        }.get(role)
        if settings is None or spec.code_version is None:
            return spec.code_version
        return f"{spec.code_version}-{digest([one.model_dump() for one in settings])[:8]}"

    def _is_divided(self, role: Role) -> bool:
        return self.partitions is not None and role in (Role.SOURCE, Role.MODEL)

    def executed(self, role: Role) -> Callable[[Work], Work]:
        """Decorates the work of an op, so that ``execute`` does it."""

        def decorate(work: Work) -> Work:
            @wraps(work)
            def run(context: dg.AssetExecutionContext) -> Results:
                context.instance.add_run_tags(context.run.run_id, {HOST: socket.gethostname()})
                yield from self.execute(context, role, work)

            return run

        return decorate

    def op(self, what: str) -> str:
        """The name of an op, a type or a resource of this synthesis."""
        return f"{self.name}__{re.sub(r'[^A-Za-z0-9_]', '_', what)}"

    def out(self, table: str) -> str:
        """The output name of a table: valid in Python, and unique."""
        return f"t{list(self.tables).index(table)}_{re.sub(r'[^A-Za-z0-9_]', '_', table)}"


@final
@dataclass(frozen=True)
class Resources:
    """The resources of one synthesis, as an op finds them: a code location may have several syntheses."""

    source: Warehouse
    destination: Warehouse
    store: Store
    compute: Compute

    NAMES = ("source", "destination", "store", "compute")

    @classmethod
    def of(
        cls, context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext, synthesis: Synthesis
    ) -> "Resources":
        """Those of a running op."""
        return cls(*(getattr(context.resources, synthesis.op(name)) for name in cls.NAMES))

    @classmethod
    def required(cls, synthesis: Synthesis) -> set[str]:
        """Their keys."""
        return {synthesis.op(name) for name in cls.NAMES}
