"""What every model can do."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import torch

from synth_models.checkpoint import write_checkpoint
from synth_models.choices import Precision, SynthMode
from synth_models.columns.base import MIN_COUNT
from synth_models.data.digests import places
from synth_models.data.relational import RelationalData, check_same_schema
from synth_models.data.schema import Schema
from synth_models.device import Device, few_threads, resolve_device
from synth_models.errors import NotTrainedError, SettingError
from synth_models.models.facts import library_version, told
from synth_models.models.networks import Networks
from synth_models.nn.decoder import Decoder
from synth_models.nn.encoder import Encoder
from synth_models.registry import Registry
from synth_models.sampling.plan import make_plan
from synth_models.sampling.sampler import BATCH_ROWS, Sampler
from synth_models.training.events import EpochRecord, OnEpoch
from synth_models.training.recovery import Unfinished
from synth_models.training.settings import TrainSettings
from synth_models.training.trainer import Trainer

if TYPE_CHECKING:
    from synth_models.report import Report


class Model(ABC):
    """A generative model of the rows and the keys of a database.

    The networks are built by the first ``train``, when the data tell the vocabularies; until then ``device``
    is None and there is nothing to sample, report or save.

    Args:
        encoder: Rows to vectors and latents; it knows the schema.
        decoder: Those to the probabilities of rows.
        sampler: Draws rows from them.
        trainer: Fits encoder and decoder; None for a new one.
        dz: Dimension of the latent of a row, one number or one per table; None leaves those of the encoder
            and the decoder.

    Raises:
        SettingError: If ``dz`` is out of its range or names a table that is not in the schema.
    """

    name: str
    """What the model is registered as."""

    def __init__(
        self,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler,
        trainer: Trainer | None = None,
        dz: Mapping[str, int] | int | None = None,
    ) -> None:
        self.schema = encoder.schema
        self.lineage: dict[str, Any] = {}
        """What the model was made from, in the caller's words: plain data, saved with it."""
        self._networks, self._sampler = Networks(encoder, decoder, trainer or Trainer()), sampler
        if dz is not None:
            latent = dict(dz) if isinstance(dz, Mapping) else dz
            encoder.settings = replace(encoder.settings, d_latent=latent)
            decoder.settings = replace(decoder.settings, d_latent=latent)
        for part in (encoder, decoder):
            _check_tables(self.schema, "dz", part.settings.d_latent)
        self._info: dict[str, Any] = {}

    @property
    def device(self) -> torch.device | None:
        """Where the parameters are; None before the first training."""
        return self._networks.device

    @property
    def history(self) -> list[EpochRecord]:
        """How every finished epoch went."""
        return list(self._networks.trainer.history)

    @property
    def info(self) -> dict[str, Any]:
        """What the model was trained on and with, plain data: rows, epochs, seconds, seed, version,
        lineage.
        """
        return {**self._info, "lineage": dict(self.lineage)}

    def reset(self) -> None:
        """Forget everything learned."""
        self._info = {}
        self._networks.reset()

    def train(
        self,
        train_data: RelationalData,
        n_epochs: int | None = None,
        batch_size: int = 1024,
        lr: float = 1e-3,
        beta: float | Mapping[str, float] = 1.0,
        optimizer: str = "Adam",
        optimizer_params: Mapping[str, Any] | None = None,
        reset: bool = False,
        valid_data: RelationalData | None = None,
        tensorboard_dir: str | Path | None = "logs",
        device: Device = None,
        *,
        seed: int = 0,
        min_count: int = MIN_COUNT,
        precision: Precision | str = Precision.FP32,
        progress: bool = True,
        on_epoch: OnEpoch | None = None,
        unfinished: Unfinished | str | Path | None = None,
    ) -> None:
        """Learn from data; a second call goes on from where the first ended, whatever new values the data
        have.

        Args:
            train_data: What to learn from.
            n_epochs: Epochs at most: training ends when no table improves on held-out families any more. None
                chooses by the amount of data.
            batch_size: Rows of the root tables per step, at most. A step takes whole families, as many as
                have a 25th of all rows, but not fewer than 32 rows nor more than 1,024: so an epoch has
                steps enough, however few root rows there are.
            lr: Peak learning rate.
            beta: Weight of the regularisation of the latents, one number or one per table (1 for tables left
                out).
            optimizer: The name of a class in ``torch.optim``.
            optimizer_params: Further arguments for it.
            reset: Start afresh. Otherwise, on a trained model, ``optimizer`` and its parameters are ignored.
            valid_data: What to measure progress on; None holds out a tenth of the families of ``train_data``.
            tensorboard_dir: Where to write TensorBoard's files; None for nowhere.
            device: Where to compute; None takes a GPU if there is one.
            seed: The same seed gives the same model on the same machine.
            min_count: How many entities (root rows) must share a value before the model may hold it; a
                column's own option goes before it. 1 protects nothing.
            precision: ``fp32``, or ``bf16``: losses are computed in bfloat16 where that is precise enough
                (faster on GPUs that have it).
            progress: Whether to show a progress bar.
            on_epoch: Called with a record of every epoch.
            unfinished: A file that is written every minute while training lasts, and removed at its end: a
                training that finds one, with the same data and parameters, goes on from it. None for none.

        Raises:
            SettingError: If a parameter is out of its range.
            SchemaError: If the data have another schema.
            DataError: If a table has no rows; or, learning on, if a key is missing that never was before.
            TrainingError: If the loss is not finite, also after going back to where it was and lowering the
                rate three times; or if there is no memory for a single family.
            CheckpointError: If ``unfinished`` belongs to another training.
        """
        settings = TrainSettings(
            n_epochs=n_epochs,
            batch_size=batch_size,
            lr=lr,
            beta=dict(beta) if isinstance(beta, Mapping) else beta,
            optimizer=optimizer,
            optimizer_params=dict(optimizer_params or {}),
            seed=seed,
            min_count=min_count,
        )
        _check_tables(self.schema, "beta", beta)
        there = resolve_device(device)
        if precision not in set(Precision):
            raise SettingError(f"precision: expected {' or '.join(Precision)}, got '{precision}'.")
        check_same_schema(train_data, self.schema, "The training data")
        RelationalData(train_data, self.schema)
        if valid_data is not None:
            check_same_schema(valid_data, self.schema, "The validation data")
        began = time.monotonic()
        if reset:
            self.reset()
        networks = self._networks
        rows = networks.build_for(train_data, seed=seed, min_count=min_count)
        with few_threads(there):
            networks.trainer.fit(
                networks.encoder,
                networks.decoder,
                networks.blueprints,
                rows,
                settings,
                valid_rows=networks.rows(valid_data) if valid_data is not None else None,
                places=places(train_data),
                device=there,
                precision=precision,
                tensorboard_dir=Path(tensorboard_dir) if tensorboard_dir is not None else None,
                progress=progress,
                on_epoch=on_epoch,
                unfinished=Unfinished.of(unfinished),
            )
        self._info = {
            "model": self.name,
            "version": library_version(),
            "rows": train_data.n_rows,
            "epochs": len(networks.trainer.history),
            "seconds": time.monotonic() - began,
            "seed": seed,
            "min_count": min_count,
            "device": str(there),
        }

    def drift(self, data: RelationalData) -> dict[str, dict[str, float]]:
        """How far data are from those the model was last trained on.

        Args:
            data: Data of the same schema.

        Returns:
            By table and column the share of rows that would have to change their value, beyond what chance
            explains: 0 to 1. Numbers of children in families and missing keys are columns here.

        Raises:
            NotTrainedError: Before the first training.
            SchemaError: If the data have another schema.
        """
        self._require_training("compare data with")
        check_same_schema(data, self.schema, "The data")
        return self._networks.drift(data)

    def sample(
        self,
        original_data: RelationalData | None = None,
        n_samples: Mapping[str, int] | None = None,
        mode: SynthMode | str = SynthMode.SAMPLE_FKS,
        device: Device = None,
        *,
        seed: int = 0,
        batch_rows: int = BATCH_ROWS,
        progress: bool = True,
    ) -> RelationalData:
        """Make new data.

        Args:
            original_data: The original data, for the tables that are kept and for given keys.
            n_samples: Rows to make, by table. Tables left out keep their original rows; the parents of a kept
                table must be kept as well. None makes every table anew, of the original's size.
            mode: ``sample_fks`` makes new keys from the roots to the leaves; ``original_fks`` keeps the
                original ones and makes new values only (``n_samples`` is then ignored).
            device: Where to compute; None takes a GPU if there is one.
            seed: The same seed gives the same rows (on a CPU). The root rows are dealt out to shards of at
                most 16,384, and each shard, with everything below it, has random numbers of its own for its
                tokens, keys and latents; what is decided for a table as a whole has others.
            batch_rows: Finished rows that pass through a network at once, at most (but 64): less needs less
                memory. The rows do not depend on it.
            progress: Whether to show a progress bar.

        Raises:
            NotTrainedError: Before the first training.
            SettingError: If ``n_samples``, ``mode`` or ``batch_rows`` make no sense.
            DataError: If original rows are needed and not given.
        """
        self._require_training("sample from")
        if batch_rows < 1:
            raise SettingError(f"batch_rows: expected at least 1, got {batch_rows}.")
        if original_data is not None:
            check_same_schema(original_data, self.schema, "The original data")
        networks = self._networks
        trained = {name: blueprint.rows for name, blueprint in networks.blueprints.items()}
        plan = make_plan(self.schema, trained, original_data, n_samples, mode)
        there = resolve_device(device)
        with few_threads(there):
            return self._sampler.sample(
                networks.encoder,
                networks.decoder,
                networks.blueprints,
                networks.schema,
                networks.plan(plan),
                seed=seed,
                device=there,
                batch_rows=batch_rows,
                progress=progress,
            )

    def report(
        self,
        original_data: RelationalData,
        out_dir: str | Path,
        device: Device = None,
        synthetic_data: RelationalData | None = None,
        holdout_data: RelationalData | None = None,
        train_data: RelationalData | None = None,
        *,
        kept: Collection[str] = (),
        thresholds: Mapping[str, float | None] | None = None,
        enough: float = 0.6,
        facts: Mapping[str, str] | None = None,
        seed: int = 0,
        progress: bool = True,
    ) -> "Report":
        """Compare synthetic with original data in a PDF, with the same numbers as JSON.

        Args:
            original_data: The real data to hold the synthetic data against.
            out_dir: The folder for ``report.pdf``, ``report.json`` and ``figures/``.
            device: Where to sample; None takes a GPU if there is one.
            synthetic_data: What to compare; None samples it.
            holdout_data: Real data the model has not seen, for the ceilings and the privacy scores.
            train_data: What the model was trained on, for the privacy scores; None: ``original_data``.
            kept: Tables whose original rows are kept (with their parents).
            thresholds: By metric what its score must reach, or not exceed; see ``report.report``.
            enough: Where between floor (0) and ceiling (1) fidelity and structure must stand on average.
            facts: More to tell on the first page.
            seed: For sampling and subsampling.
            progress: Whether to show a progress bar.

        Raises:
            NotTrainedError: Before the first training.
            SchemaError: If the tables, columns or keys are not the same on both sides.
            SettingError: If ``kept`` or ``thresholds`` name a table or a metric that is not there.
        """
        from synth_models.report import report

        self._require_training("report on")
        if synthetic_data is None:
            sizes = {n: rows for n, rows in original_data.n_rows.items() if n not in kept}
            synthetic_data = self.sample(original_data, sizes, device=device, seed=seed, progress=progress)
        return report(
            original_data,
            synthetic_data,
            out_dir,
            holdout_data=holdout_data,
            train_data=train_data,
            facts={**told(self._info, seed), **(facts or {})},
            kept=kept,
            thresholds=thresholds,
            enough=enough,
            min_count=int(self._info.get("min_count", MIN_COUNT)),
            seed=seed,
            progress=progress,
        )

    def save(self, ckpt_path: str | Path = Path("out/model.pt")) -> None:
        """Write a checkpoint: whole or not at all, plain data and tensors only.

        Raises:
            NotTrainedError: Before the first training.
            CheckpointError: If it cannot be written.
        """
        self._require_training("save")
        write_checkpoint(
            Path(ckpt_path),
            {
                "model": self.name,
                "settings": self.settings(),
                "schema": self.schema.to_dict(),
                **self._networks.state(),
                "info": self._info,
                "lineage": self.lineage,
            },
        )

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """The arguments of the constructor but the schema, as plain data."""

    @classmethod
    def from_checkpoint(cls, content: Mapping[str, Any], device: Device = None) -> Self:
        """The model that wrote this checkpoint."""
        make = cast("Callable[..., Self]", cls)  # models are made of a schema and of their settings
        model = make(Schema.from_dict(content["schema"]), **content["settings"])
        model._networks.restore(content, resolve_device(device))
        model._info, model.lineage = content["info"], content["lineage"]
        return model

    def _require_training(self, what: str) -> None:
        if not self._networks.blueprints:
            raise NotTrainedError(f"There is nothing to {what} yet: call train() or load_model() first.")


def _check_tables(schema: Schema, what: str, numbers: object) -> None:
    unknown = [name for name in numbers if name not in schema.tables] if isinstance(numbers, Mapping) else []
    if unknown:
        raise SettingError(
            f"{what}: {', '.join(map(repr, unknown))} not in the schema "
            f"(there are: {', '.join(schema.tables)})."
        )


MODELS: Registry[Model] = Registry("model")
"""The models by the name a checkpoint holds."""
