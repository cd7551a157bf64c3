"""What can be set of a synthesis: the library's settings as Dagster configuration, with a word on each."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, final

import dagster as dg
from pydantic import Field, create_model, model_validator

from synth_models.errors import SettingError, report_all

_GRAPH_ONLY = ("messenger", "updater", "n_graph_layers", "d")


@final
class ModelSettings(dg.Resolvable, dg.Config, extra="forbid"):
    """Which model, and its parameters; those that are not set have the model's own defaults."""

    kind: Literal["multilevel", "graph"] = Field(
        default="multilevel",
        description="multilevel (`MultiLevelSynth`): tables from the roots to the leaves. graph "
        "(`GraphSynth`): the keys of a draft, then attributes that fit the whole structure.",
    )
    hidden_units: list[int] = Field(
        default=[32, 32], description="Width of each layer of a table's networks."
    )
    aggregator: str | None = Field(
        default=None,
        description="How the children of a row are summarised. multilevel: leaf, gaussian or add_attention "
        "(default); graph: sum, mean (default), add_attention or dot_attention.",
    )
    messenger: str | None = Field(
        default=None, description="graph: what rows send along a key, copy or graph_conv (default)."
    )
    updater: str | None = Field(
        default=None, description="graph: how the state of a row changes by it, msg or gru (default)."
    )
    n_graph_layers: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="graph: how many keys away a row knows of the structure (default 3)."
    )
    d: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="graph: length of the state of a row (default 32)."
    )
    d_latent: Annotated[int, Field(ge=1)] | dict[str, int] = Field(
        default=8, description="Size of a row's latent; one number, or one per table."
    )
    d_link: int = Field(
        default=10, ge=1, description="Size of the space in which rows are matched to parents."
    )
    temp: float = Field(
        default=1.0, gt=0, description="Temperature when keys are sampled; lower is more certain."
    )
    hidden_units_fks: list[int] = Field(
        default=[128], description="Width of each layer of the networks that link rows."
    )
    history: str = Field(
        default="prefix",
        description="What a row is told of its earlier siblings: prefix (running means), gru, or attention "
        "(to the last 16).",
    )

    @model_validator(mode="after")
    def _of_one_kind(self) -> "ModelSettings":
        strange = [name for name in _GRAPH_ONLY if getattr(self, name) is not None]
        if strange and self.kind != "graph":
            raise ValueError(
                f"{', '.join(strange)}: the kind '{self.kind}' has no such parameter (graph has)."
            )
        return self

    def to_dict(self) -> dict[str, Any]:
        """What is set, as plain data."""
        return self.model_dump(exclude_none=True)


@final
class TrainingSettings(dg.Resolvable, dg.Config, extra="forbid"):
    """How the model is trained."""

    n_epochs: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Epochs at most; none: as many as the data need, with early stopping."
    )
    batch_size: int = Field(default=1024, ge=1, description="Rows of the root tables per step.")
    lr: float = Field(default=1e-3, gt=0, description="Learning rate.")
    beta: float = Field(default=1.0, ge=0, description="Weight of the latents' regularisation.")
    beta_of: dict[str, float] = Field(default={}, description="This weight for single tables.")
    optimizer: str = Field(default="Adam", description="Name of an optimizer of torch.optim.")
    optimizer_params: dict[str, Any] = Field(default={}, description="Further arguments for it.")
    holdout: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="Share of the families that is not trained on, so that the report can measure privacy.",
    )
    seed: int = Field(default=0, ge=0, description="Same seed, same model.")
    min_count: int = Field(
        default=5,
        ge=1,
        description="How many entities (root rows) must share a value before the model may hold it.",
    )
    force: bool = Field(default=False, description="Train even if nothing has changed since the last time.")


@final
class RetrainingSettings(dg.Resolvable, dg.Config, extra="forbid"):
    """When a model goes on from the checkpoint there is (warm), and when it begins anew (cold).

    Nothing is trained while rows, schema, settings and code are those of the checkpoint; it begins anew if
    anything but the rows has changed.
    """

    mode: Literal["auto", "cold"] = Field(
        default="auto", description="auto: warm as long as the limits below are kept. cold: always anew."
    )
    max_mean_drift: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Largest mean over all columns of the share of rows whose value would have to change, "
        "beyond what chance explains.",
    )
    max_column_drift: float = Field(
        default=0.5, ge=0, le=1, description="Largest such share of a single column."
    )
    max_warm: int = Field(
        default=30, ge=0, description="How many times in a row a model goes on before it begins anew."
    )
    epochs: float = Field(
        default=0.25,
        gt=0,
        le=1,
        description="Epochs of going on, as a share of those after which the last model that began anew "
        "was done.",
    )
    replay: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Share of the families seen before that are read again, beside all that are new or "
        "changed. Less is faster, and leans towards what is new.",
    )


@final
class SamplingSettings(dg.Resolvable, dg.Config, extra="forbid"):
    """How many rows are drawn, and how their keys are made."""

    scale: float = Field(
        default=1.0, gt=0, description="Rows of every synthetic table, as a multiple of its source."
    )
    n_samples: dict[str, int] = Field(
        default={},
        description="Rows of single tables; the others follow `scale`. Kept tables cannot be named.",
    )
    mode: Literal["sample_fks", "original_fks"] = Field(
        default="sample_fks",
        description="sample_fks: new keys. original_fks: the source's key structure, only contents are new.",
    )
    seed: int = Field(default=0, ge=0, description="Same model and seed, same rows.")
    force: bool = Field(default=False, description="Sample even if these very rows are staged already.")


@final
class ReportSettings(dg.Resolvable, dg.Config, extra="forbid"):
    """How the report is made."""

    base_url: str | None = Field(
        default=None,
        description="Where the store's folder is served, for a link to the PDF; none: only its path is "
        "shown.",
    )
    seed: int = Field(default=0, ge=0, description="Same rows and seed, same scores.")
    force: bool = Field(default=False, description="Make the report even if it is there for these very rows.")


@final
class ThresholdSettings(dg.Resolvable, dg.Config, extra="forbid"):
    """What one score of the report must reach, or not exceed: a check of its own."""

    limit: float = Field(
        description="The least, or (of scores that are better the smaller) the greatest value."
    )
    severity: Literal["warn", "error"] = Field(
        default="error", description="How the check is shown if it fails."
    )
    blocks: bool | None = Field(
        default=None,
        description="Whether a value beyond the limit, or none, stops the publishing; none: if it is one of "
        "privacy.",
    )


@final
class CheckSettings(dg.Resolvable, dg.Config, extra="forbid"):
    """What the synthetic tables must reach to be published."""

    max_excess_copies: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=0.02,
        description="Share of rows, and of entities, that equal a training one, beyond what chance explains; "
        "none: not checked.",
    )
    max_train_share: Annotated[float, Field(ge=0.5, le=1)] | None = Field(
        default=0.6,
        description="Share of rows, and of entities, nearer to a training one than to a held-out one (ideal: "
        "0.5); none: not checked.",
    )
    min_fidelity: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=0.6,
        description="Mean place of the scores of fidelity, and of those of structure, between independent "
        "columns (0) and real data (1); none: not checked.",
    )
    thresholds: dict[str, ThresholdSettings] = Field(
        default={}, description="By metric of the report (docs/report.md), in the place of the limits above."
    )
    validity_blocks: bool = Field(default=True, description="Whether invalid tables stop the publishing.")
    privacy_blocks: bool = Field(
        default=True, description="Whether a privacy score out of bounds stops the publishing."
    )
    fidelity_blocks: bool = Field(default=False, description="Whether low fidelity stops the publishing.")


@final
class PublishSettings(dg.Resolvable, dg.Config, extra="forbid"):
    """How the synthetic tables are published."""

    keep: int = Field(
        default=0,
        ge=0,
        description="How many versions that were published before are kept beside the tables, for "
        "`synth-dagster restore`. Each needs the room of the tables, and in PostgreSQL the right to create "
        "schemas.",
    )


@final
class LocalComputeSettings(dg.Resolvable, dg.Model):
    """How the child process computes."""

    device: str | None = Field(
        default="auto", description="auto: a GPU if there is one, else the CPU; or cpu, cuda, cuda:1, ..."
    )
    threads: int | None = Field(default=None, description="CPU threads; none: as many as PyTorch sees fit.")
    precision: Literal["fp32", "tf32", "bf16"] = Field(
        default="fp32",
        description="What networks compute in: float32; its products rounded to TF32; or losses in bfloat16, "
        "weights in float32. The last two are faster on GPUs that have them, and slower elsewhere.",
    )
    memory_gib: float | None = Field(default=None, description="Memory a job may have; none: no limit.")
    keep_every_s: float = Field(
        default=60.0, description="Seconds between the states of a training that a retry goes on from."
    )


@final
class RetrySettings(dg.Resolvable, dg.Model):
    """How often a step is tried again; bad data, schemas and settings never are."""

    max_retries: int = Field(ge=0, description="Of each op.")
    delay_s: float = Field(default=0.0, ge=0, description="Seconds before the first retry.")
    backoff: Literal["linear", "exponential"] | None = Field(
        default=None, description="How the delay grows from retry to retry; none: it does not."
    )

    def policy(self) -> dg.RetryPolicy:
        """For the ops."""
        return dg.RetryPolicy(
            max_retries=self.max_retries,
            delay=self.delay_s,
            backoff=dg.Backoff[self.backoff.upper()] if self.backoff else None,
        )


def as_written(context: dg.ResolutionContext, said: Any) -> Any:
    """What YAML says, with its templates filled in; texts that look like numbers stay texts.

    Dagster would make a number of "1", where Kubernetes wants a text.
    """
    if isinstance(said, Mapping):
        return {name: as_written(context, value) for name, value in said.items()}
    if isinstance(said, list):
        return [as_written(context, value) for value in said]
    return context.resolve_value(said) if isinstance(said, str) and "{{" in said else said


def check_sampling(settings: SamplingSettings, made: Sequence[str], kept: Sequence[str]) -> None:
    """Check the settings against the tables.

    Args:
        settings: How to sample.
        made: The tables that are synthesized.
        kept: The tables that are kept as they are.

    Raises:
        SettingError: With everything that does not go together.
    """
    faults = [
        f"sampling.n_samples: '{table}' is not one of the tables to synthesize ({', '.join(made)}). Drop it."
        for table in settings.n_samples
        if table not in made
    ]
    faults += [
        f"sampling.n_samples: '{table}' has {rows} rows; expected at least 1."
        for table, rows in settings.n_samples.items()
        if rows < 1
    ]
    if settings.mode == "original_fks" and kept:
        faults.append(
            f"sampling.mode: original_fks makes every table anew, but {', '.join(kept)} are to be kept. "
            f"Use sample_fks, or keep none."
        )
    report_all(SettingError, "The sampling settings", faults)


def with_defaults(settings: dg.Config) -> dict[str, dg.Field]:
    """The configuration of an op whose defaults are these settings: what is not set at launch stays so.

    Args:
        settings: What was set in YAML or Python.

    Returns:
        A field per setting, for the ``config_schema`` of an asset.
    """
    kind = type(settings)
    fields: Mapping[str, Any] = {
        name: (info.annotation, Field(default=getattr(settings, name), description=info.description))
        for name, info in kind.model_fields.items()
    }
    return create_model(kind.__name__, __base__=kind, __doc__=kind.__doc__, **fields).to_fields_dict()
