"""The training loop: families in random order, early stopping table by table."""

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from synth_models.errors import TrainingError
from synth_models.graph.batch import Families, families, make_batch
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.rows import Rows
from synth_models.nn.decoder import Decoder
from synth_models.nn.encoder import Encoder
from synth_models.training.events import EpochRecord, OnEpoch
from synth_models.training.loss import Loss, table_losses
from synth_models.training.settings import TrainSettings

HELD_OUT = 0.1
_ROWS_PER_STEP = 1024
_LEAST_ROWS = 32
_STEPS_PER_EPOCH = 25
"""Steps per epoch that the families of every root table should get, if there are rows enough."""
_MOST_REPEATS = 4
_VISITS = 1_500_000
"""Rows to visit when the number of epochs is left open; early stopping usually ends sooner."""
_EPOCHS = (4, 150)
_EVALUATIONS = 30
_PATIENCE = 6
_WARM_UP = 50
_MIN_HELD_OUT = 20
_EVERY_S = 20.0
_CLIP = 5.0


@final
@dataclass
class _TableProgress:
    """The best a table has been, and how long ago."""

    best: float = math.inf
    waited: int = 0
    state: dict[str, Tensor] | None = None
    frozen: bool = False


@final
@dataclass
class _Source:
    """The families of a root table and which of them are learned from."""

    families: Families
    train: np.ndarray
    rows_per_step: int
    repeats: int


@final
class Trainer:
    """Fits an encoder and a decoder; keeps the optimizer so that training can go on later.

    Example:
        >>> Trainer().optimizer is None
        True
    """

    def __init__(self) -> None:
        self.optimizer: torch.optim.Optimizer | None = None
        self.history: list[EpochRecord] = []

    def reset(self) -> None:
        """Forget the optimizer and the history."""
        self.optimizer, self.history = None, []

    def fit(  # noqa: PLR0913 - most of them by keyword
        self,
        encoder: Encoder,
        decoder: Decoder,
        blueprints: Mapping[str, TableBlueprint],
        rows: Rows,
        settings: TrainSettings,
        *,
        valid_rows: Rows | None = None,
        device: torch.device,
        tensorboard_dir: Path | None = None,
        progress: bool = True,
        on_epoch: OnEpoch | None = None,
    ) -> None:
        """Train until the epochs are over or no table improves any more.

        Args:
            encoder, decoder: Built networks.
            blueprints: Parents before children.
            rows: What to learn from.
            settings: How.
            valid_rows: What to measure on; None holds out a tenth of the families.
            device: Where to compute.
            tensorboard_dir: Where TensorBoard's files go; None for nowhere.
            progress: Whether to show a progress bar.
            on_epoch: Called with a record after every epoch, and every 20 seconds within a long one.

        Raises:
            TrainingError: If the loss is not finite any more.
        """
        run = _Run(encoder, decoder, blueprints, rows, settings, valid_rows, device)
        optimizer = self.optimizer
        if optimizer is None:
            make = getattr(torch.optim, settings.optimizer)
            optimizer = make(run.parameters(), lr=settings.lr, **settings.optimizer_params)
            self.optimizer = optimizer
        else:  # its state follows the parameters to where they are now
            optimizer.load_state_dict(optimizer.state_dict())
        writer = None
        if tensorboard_dir is not None:
            from torch.utils.tensorboard.writer import SummaryWriter

            writer = SummaryWriter(str(tensorboard_dir))
        try:
            for record in run.epochs(optimizer, progress):
                if record.part >= 1:
                    self.history.append(record)
                    if writer is not None:
                        _log(writer, record)
                if on_epoch is not None:
                    on_epoch(record)
        finally:
            if writer is not None:
                writer.close()
        run.restore_best()


def _log(writer: Any, record: EpochRecord) -> None:
    writer.add_scalar("loss/train", record.train_loss, record.epoch)
    if record.valid_loss is not None:
        writer.add_scalar("loss/held_out", record.valid_loss, record.epoch)
    for name, value in record.valid_losses.items():
        writer.add_scalar(f"held_out/{name}", value, record.epoch)
    for name, value in record.kl.items():
        writer.add_scalar(f"kl/{name}", value, record.epoch)
    writer.add_scalar("rows_per_s", record.rows_per_s, record.epoch)
    writer.flush()


class _Run:
    """One call of ``Trainer.fit``."""

    def __init__(
        self,
        encoder: Encoder,
        decoder: Decoder,
        blueprints: Mapping[str, TableBlueprint],
        rows: Rows,
        settings: TrainSettings,
        valid_rows: Rows | None,
        device: torch.device,
    ) -> None:
        self.encoder, self.decoder, self.blueprints = encoder.to(device), decoder.to(device), blueprints
        self.settings, self.device = settings, device
        self.rng = np.random.default_rng(settings.seed)
        self.generator = torch.Generator(device.type if device.type == "cuda" else "cpu").manual_seed(
            settings.seed
        )
        self.rows = rows
        self.rows_there = {name: block.to(device) for name, block in rows.items()}
        self.sources: list[_Source] = []
        self.valid: list[tuple[Families, np.ndarray]] = []
        self.valid_rows = valid_rows if valid_rows is not None else rows
        self.valid_there = {name: block.to(device) for name, block in self.valid_rows.items()}
        total = sum(len(block) for block in rows.values())
        self.n_epochs = settings.n_epochs or int(np.clip(_VISITS // max(1, total), *_EPOCHS))
        self._divide(valid_rows)
        self.tables = {name: _TableProgress() for name in blueprints}

    def parameters(self) -> list[nn.Parameter]:
        return [*self.encoder.parameters(), *self.decoder.parameters()]

    def _divide(self, valid_rows: Rows | None) -> None:
        for group in families(self.rows, self.blueprints):
            units = self.rng.permutation(group.units)
            held = 0 if valid_rows is not None else int(len(units) * HELD_OUT)
            train = units[held:]
            rows = group.sizes[train].sum()
            per_step = np.clip(rows / _STEPS_PER_EPOCH, _LEAST_ROWS, _ROWS_PER_STEP)
            per_step = max(1, int(min(per_step, self.settings.batch_size * rows / max(1, len(train)))))
            # few families of very many rows make few steps, however many rows there are
            steps = len(list(group.draw(train, per_step, self.rng)))
            repeats = int(np.clip(round(min(_STEPS_PER_EPOCH, rows / per_step) / steps), 1, _MOST_REPEATS))
            self.sources.append(_Source(group, train, per_step, repeats))
            if held:
                self.valid.append((group, units[:held]))
        if valid_rows is not None:
            self.valid = [(g, np.arange(g.units)) for g in families(valid_rows, self.blueprints)]

    def _steps(self) -> list[tuple[Families, np.ndarray]]:
        steps = [
            (source.families, units)
            for source in self.sources
            for _ in range(source.repeats)
            if len(source.train) and not all(self.tables[t].frozen for t in source.families.tables)
            for units in source.families.draw(source.train, source.rows_per_step, self.rng)
        ]
        return [steps[index] for index in self.rng.permutation(len(steps))]

    def epochs(self, optimizer: torch.optim.Optimizer, progress: bool) -> Iterator[EpochRecord]:
        began, visited, done = time.monotonic(), 0, 0.0
        every = max(1, self.n_epochs // _EVALUATIONS)
        bar = tqdm(total=self.n_epochs, desc="training", unit="epoch", disable=not progress)
        step, spoken = 0, began
        for epoch in range(1, self.n_epochs + 1):
            losses = _Sums()
            steps = self._steps()
            for number, (group, units) in enumerate(steps, 1):
                share = (epoch - 1 + number / len(steps)) / self.n_epochs
                _set_rate(optimizer, self.settings.lr * _schedule(step, share))
                visited += self._step(optimizer, group, units, losses, min(1.0, share / 0.2))
                step += 1
                now = time.monotonic()
                if now - spoken > _EVERY_S and number < len(steps):
                    spoken, done = now, share
                    yield self._record(epoch, number / len(steps), losses, None, began, visited, done)
            valid = self._evaluate() if epoch % every == 0 or epoch == self.n_epochs else None
            if valid is not None:
                self._note(valid)
            spoken, done = time.monotonic(), epoch / self.n_epochs
            record = self._record(epoch, 1.0, losses, valid, began, visited, done)
            bar.update(1)
            bar.set_postfix_str(f"loss {record.train_loss:.3f}, {record.rows_per_s:,.0f} rows/s")
            yield record
            if all(table.frozen for table in self.tables.values()):
                break
        bar.close()

    def _step(
        self,
        optimizer: torch.optim.Optimizer,
        group: Families,
        units: np.ndarray,
        sums: "_Sums",
        warmth: float,
    ) -> int:
        self.encoder.train()
        self.decoder.train()
        frozen = frozenset(name for name, table in self.tables.items() if table.frozen)
        batch = make_batch(group.members(units), self.rows, self.blueprints).to(self.device)
        found = table_losses(
            self.encoder, self.decoder, self.blueprints, batch, self.rows_there, self.generator, frozen
        )
        rows = sum(loss.rows for loss in found.values())
        if not rows:
            return 0
        beta = self.settings.beta * warmth
        loss = (
            sum((loss.nll + beta * loss.kl for loss in found.values()), torch.zeros((), device=self.device))
            / rows
        )
        if not torch.isfinite(loss):
            raise TrainingError(
                f"The loss is not finite any more (tables {', '.join(found)}). "
                f"Lower lr (now {self.settings.lr})."
            )
        optimizer.zero_grad(set_to_none=True)
        if loss.requires_grad:
            loss.backward()
            nn.utils.clip_grad_norm_(self.parameters(), _CLIP)
            optimizer.step()
        sums.add(found)
        return batch.n_rows

    def _evaluate(self) -> "_Sums":
        self.encoder.eval()
        self.decoder.eval()
        sums = _Sums()
        generator = torch.Generator(self.generator.device).manual_seed(0)
        rng = np.random.default_rng(0)
        with torch.no_grad():
            for group, units in self.valid:
                for part in group.draw(units, 4 * _ROWS_PER_STEP, rng):
                    batch = make_batch(group.members(part), self.valid_rows, self.blueprints).to(self.device)
                    sums.add(
                        table_losses(
                            self.encoder, self.decoder, self.blueprints, batch, self.valid_there, generator
                        )
                    )
        return sums

    def _note(self, valid: "_Sums") -> None:
        """Keep the best decoder of every table; freeze those that have not improved for long."""
        for name, table in self.tables.items():
            if table.frozen or valid.rows.get(name, 0) < _MIN_HELD_OUT:
                continue
            value = valid.nll[name] / valid.rows[name]
            if value < table.best - 1e-4:
                table.best, table.waited = value, 0
                table.state = {
                    k: v.detach().clone() for k, v in self.decoder.table(name).state_dict().items()
                }
                continue
            table.waited += 1
            if table.waited >= _PATIENCE:
                table.frozen = True
                self._restore(name)
                for parameter in self.decoder.table(name).parameters():
                    parameter.requires_grad_(False)

    def _restore(self, name: str) -> None:
        state = self.tables[name].state
        if state is not None:
            self.decoder.table(name).load_state_dict(state)

    def restore_best(self) -> None:
        """Leave the networks as good as they were at their best, and trainable."""
        for name in self.tables:
            self._restore(name)
            for parameter in self.decoder.table(name).parameters():
                parameter.requires_grad_(True)
        self.encoder.eval()
        self.decoder.eval()

    def _record(
        self,
        epoch: int,
        part: float,
        losses: "_Sums",
        valid: "_Sums | None",
        began: float,
        visited: int,
        done: float,
    ) -> EpochRecord:
        elapsed = max(1e-6, time.monotonic() - began)
        return EpochRecord(
            epoch=epoch,
            n_epochs=self.n_epochs,
            part=part,
            train_loss=losses.mean(self.settings.beta),
            valid_loss=valid.mean(self.settings.beta) if valid is not None and valid.rows else None,
            rows_per_s=visited / elapsed,
            elapsed_s=elapsed,
            eta_s=elapsed * (1 - done) / max(done, 1e-6),
            kl={name: losses.kl[name] / losses.rows[name] for name in losses.kl if losses.kl[name]},
            valid_losses={} if valid is None else {n: valid.nll[n] / valid.rows[n] for n in valid.rows},
            frozen=tuple(name for name, table in self.tables.items() if table.frozen),
        )


class _Sums:
    """Losses added up over batches, by table."""

    def __init__(self) -> None:
        self.nll: dict[str, float] = {}
        self.kl: dict[str, float] = {}
        self.rows: dict[str, int] = {}

    def add(self, losses: Mapping[str, Loss]) -> None:
        for name, loss in losses.items():
            self.nll[name] = self.nll.get(name, 0.0) + loss.nll.item()
            self.kl[name] = self.kl.get(name, 0.0) + loss.kl.item()
            self.rows[name] = self.rows.get(name, 0) + loss.rows

    def mean(self, beta: float) -> float:
        rows = sum(self.rows.values())
        return (sum(self.nll.values()) + beta * sum(self.kl.values())) / max(1, rows)


def _schedule(step: int, share: float) -> float:
    """A short linear warm-up, then a cosine down to 2 %."""
    return min(1.0, (step + 1) / _WARM_UP) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share)))


def _set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate
