"""The training loop: families in random order, early stopping table by table."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from synth_models.choices import Precision
from synth_models.errors import TrainingError
from synth_models.graph.batch import Families, families, make_batch
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.rows import Rows
from synth_models.nn.decoder import Decoder
from synth_models.nn.encoder import Encoder
from synth_models.training.events import EpochRecord, OnEpoch
from synth_models.training.loss import Loss, Losses, table_losses
from synth_models.training.recovery import (
    Unfinished,
    copied,
    ran_out_of_memory,
    random_state,
    set_random_state,
)
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
_SETBACKS = 3
"""How often a training may go back to the last epoch that ended well."""
_LOWER = 0.3
"""What the learning rate is multiplied with when it does."""


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
@dataclass
class _Place:
    """How far a training is.

    Args:
        epoch: Epochs that have ended.
        number: Steps done of the one under way.
        step, visited, elapsed: Steps done, rows visited and seconds spent in all.
        rate: What the learning rate is multiplied with, after setbacks.
        setbacks: How often the loss was not finite.
        pieces: In how many parts a step is made, for want of memory.
    """

    epoch: int = 0
    number: int = 0
    step: int = 0
    visited: int = 0
    elapsed: float = 0.0
    rate: float = 1.0
    setbacks: int = 0
    pieces: int = 1


class _NotFiniteError(Exception):
    """The loss or its gradient is not a number any more; the networks are still as they were."""

    def __init__(self, tables: Mapping[str, Loss]) -> None:
        self.tables = ", ".join(tables)


@final
class Trainer:
    """Fits an encoder and a decoder; keeps the optimizer so that training can go on later.

    Args:
        losses: What they are trained by.

    Example:
        >>> Trainer().optimizer is None
        True
    """

    def __init__(self, losses: Losses = table_losses) -> None:
        self._losses = losses
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
        precision: Precision | str = Precision.FP32,
        tensorboard_dir: Path | None = None,
        progress: bool = True,
        on_epoch: OnEpoch | None = None,
        unfinished: Unfinished | None = None,
    ) -> None:
        """Train until the epochs are over or no table improves any more.

        Args:
            encoder, decoder: Built networks.
            blueprints: Parents before children.
            rows: What to learn from.
            settings: How.
            valid_rows: What to measure on; None holds out a tenth of the families.
            device: Where to compute.
            precision: What losses are computed in; weights, their gradients and measures are float32 always.
            tensorboard_dir: Where TensorBoard's files go; None for nowhere.
            progress: Whether to show a progress bar.
            on_epoch: Called with a record after every epoch, and every 20 seconds within a long one.
            unfinished: What to go on from if it is there, and where to keep what the next one may go on from.

        Raises:
            TrainingError: If the loss is not finite, also after going back and lowering the rate; or if there
                is no memory for a single family.
            CheckpointError: If what is unfinished is another training.
        """
        run = _Run(encoder, decoder, blueprints, rows, settings, valid_rows, device, losses=self._losses)
        run.history, run.unfinished = self.history, unfinished
        run.precision = partial(
            torch.autocast, device.type, torch.bfloat16, enabled=precision == Precision.BF16
        )
        optimizer = self._optimizer(run.parameters(), settings)
        if unfinished is not None and (state := unfinished.read(run.training())) is not None:
            run.restore(state, optimizer)
        writer = None
        if tensorboard_dir is not None:
            from torch.utils.tensorboard.writer import SummaryWriter

            writer = SummaryWriter(str(tensorboard_dir))
        try:
            for record in run.epochs(optimizer, progress):
                if record.part >= 1 and writer is not None:
                    _log(writer, record)
                if on_epoch is not None:
                    on_epoch(record)
        finally:
            if writer is not None:
                writer.close()
        run.restore_best()
        if unfinished is not None:
            unfinished.remove()

    def _optimizer(self, parameters: list[nn.Parameter], settings: TrainSettings) -> torch.optim.Optimizer:
        if self.optimizer is None:
            self.optimizer = settings.make_optimizer(parameters)
        else:  # its state follows the parameters to where they are now
            self.optimizer.load_state_dict(self.optimizer.state_dict())
        assert self.optimizer is not None
        return self.optimizer


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
        *,
        losses: Losses,
    ) -> None:
        self.encoder, self.decoder, self.blueprints = encoder.to(device), decoder.to(device), blueprints
        self.losses, self.settings, self.device = losses, settings, device
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
        self.history: list[EpochRecord] = []
        self.unfinished: Unfinished | None = None
        self.precision: Callable[[], AbstractContextManager[Any]] = nullcontext
        self.place, self.sums = _Place(), _Sums()
        self.began = time.monotonic()
        self.order = self.rng.bit_generator.state  # as it was when the steps of the epoch were drawn

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
            most = self.settings.batch_size
            steps = len(list(group.draw(train, per_step, self.rng, most)))
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
            for units in source.families.draw(
                source.train, source.rows_per_step, self.rng, self.settings.batch_size
            )
        ]
        return [steps[index] for index in self.rng.permutation(len(steps))]

    def training(self) -> dict[str, Any]:
        """What is trained on and how, as plain data: what an unfinished training must have in common."""
        rows = {name: [len(block), int(block.tokens.long().sum())] for name, block in self.rows.items()}
        return {"settings": asdict(self.settings), "n_epochs": self.n_epochs, "rows": rows}

    def state(self, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
        """Everything that the rest of the training is a function of: plain data and tensors."""
        return {
            "place": {**asdict(self.place), "elapsed": time.monotonic() - self.began},
            "sums": vars(self.sums),
            "order": self.order,
            "noise": self.generator.get_state(),
            "random": random_state(self.device),
            "encoder": self.encoder.state_dict(),
            "decoder": self.decoder.state_dict(),
            "optimizer": optimizer.state_dict(),
            "tables": {name: vars(table) for name, table in self.tables.items()},
            "history": [record.to_dict() for record in self.history],
        }

    def restore(self, state: Mapping[str, Any], optimizer: torch.optim.Optimizer) -> None:
        """Go on from a state; it is used up."""
        self.place, self.sums = _Place(**state["place"]), _Sums()
        vars(self.sums).update(state["sums"])
        self.began = time.monotonic() - self.place.elapsed
        self.rng.bit_generator.state = self.order = state["order"]
        self.generator.set_state(state["noise"])
        set_random_state(state["random"], self.device)
        self.encoder.load_state_dict(state["encoder"])
        self.decoder.load_state_dict(state["decoder"])
        optimizer.load_state_dict(state["optimizer"])
        self.tables = {name: _TableProgress(**table) for name, table in state["tables"].items()}
        for name, table in self.tables.items():
            self._learn(name, not table.frozen)
        self.history[:] = [EpochRecord.from_dict(record) for record in state["history"]]

    def epochs(self, optimizer: torch.optim.Optimizer, progress: bool) -> Iterator[EpochRecord]:
        place = self.place
        bar = tqdm(
            total=self.n_epochs, initial=place.epoch, desc="training", unit="epoch", disable=not progress
        )
        while self.place.epoch < self.n_epochs and not all(table.frozen for table in self.tables.values()):
            good = copied(self.state(optimizer))
            try:
                for record in self._epoch(optimizer):
                    if record.part >= 1:
                        bar.update(1)
                        bar.set_postfix_str(f"loss {record.train_loss:.3f}, {record.rows_per_s:,.0f} rows/s")
                    yield record
            except _NotFiniteError as error:
                self._go_back(good, optimizer, error.tables)
        bar.close()

    def _epoch(self, optimizer: torch.optim.Optimizer) -> Iterator[EpochRecord]:
        """One epoch, or what is left of it."""
        steps, spoken = self._steps(), time.monotonic()
        place, epoch = self.place, self.place.epoch + 1
        done = (epoch - 1) / self.n_epochs
        for number, (group, units) in enumerate(steps[place.number :], place.number + 1):
            share = (epoch - 1 + number / len(steps)) / self.n_epochs
            _set_rate(optimizer, place.rate * self.settings.lr * _schedule(place.step, share))
            place.visited += self._step_in_pieces(optimizer, group, units, min(1.0, share / 0.2))
            place.number, place.step = number, place.step + 1
            if self.unfinished is not None and self.unfinished.due:
                self.unfinished.write(self.state(optimizer), self.training())
            now = time.monotonic()
            if now - spoken > _EVERY_S and number < len(steps):
                spoken, done = now, share
                yield self._record(epoch, number / len(steps), None, done)
        every = max(1, self.n_epochs // _EVALUATIONS)
        valid = self._evaluate() if epoch % every == 0 or epoch == self.n_epochs else None
        if valid is not None:
            self._note(valid)
        record = self._record(epoch, 1.0, valid, epoch / self.n_epochs)
        self.history.append(record)
        place.epoch, place.number, self.sums = epoch, 0, _Sums()
        self.order = self.rng.bit_generator.state
        yield record

    def _go_back(self, good: dict[str, Any], optimizer: torch.optim.Optimizer, tables: str) -> None:
        """Back to a state in which the loss was finite, to go on from it at a lower rate."""
        setbacks, rate = self.place.setbacks + 1, self.place.rate * _LOWER
        if setbacks > _SETBACKS:
            raise TrainingError(
                f"The loss is not finite any more (tables {tables}), although training went back "
                f"{_SETBACKS} times and lowered the rate to {self.place.rate * self.settings.lr:.1e}. Lower "
                f"lr (now {self.settings.lr}), or look for extreme numbers in these tables."
            )
        self.restore(good, optimizer)
        self.place.setbacks, self.place.rate = setbacks, rate

    def _step_in_pieces(
        self, optimizer: torch.optim.Optimizer, group: Families, units: np.ndarray, warmth: float
    ) -> int:
        """A step, or several with a part of its families each if there is no memory for all at once."""
        todo, visited = np.array_split(units, min(self.place.pieces, len(units))), 0
        while todo:
            part = todo.pop(0)
            try:
                visited += self._step(optimizer, group, part, warmth)
                continue
            except Exception as error:
                if not ran_out_of_memory(error):
                    raise
                if len(part) < 2:
                    raise TrainingError(
                        f"There is not enough memory for a step of a single family (tables "
                        f"{', '.join(group.tables)}). Give it more, or lower hidden_units."
                    ) from None
            # out of the handler: what the failed step holds is let go with its traceback
            optimizer.zero_grad(set_to_none=True)
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            self.place.pieces = min(2 * self.place.pieces, len(units))
            todo = [*np.array_split(part, 2), *todo]
        return visited

    def _step(
        self,
        optimizer: torch.optim.Optimizer,
        group: Families,
        units: np.ndarray,
        warmth: float,
    ) -> int:
        self.encoder.train()
        self.decoder.train()
        frozen = frozenset(name for name, table in self.tables.items() if table.frozen)
        batch = make_batch(group.members(units), self.rows, self.blueprints).to(self.device)
        with self.precision():
            found = self.losses(
                self.encoder, self.decoder, self.blueprints, batch, self.rows_there, self.generator, frozen
            )
        rows = sum(loss.rows for loss in found.values())
        if not rows:
            return 0
        loss = (
            sum(
                (loss.nll + warmth * self.settings.beta_of(name) * loss.kl for name, loss in found.items()),
                torch.zeros((), device=self.device),
            )
            / rows
        )
        if not torch.isfinite(loss):
            raise _NotFiniteError(found)
        optimizer.zero_grad(set_to_none=True)
        if loss.requires_grad:
            loss.backward()
            if not torch.isfinite(nn.utils.clip_grad_norm_(self.parameters(), _CLIP)):
                raise _NotFiniteError(found)
            optimizer.step()
        self.sums.add(found)
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
                        self.losses(
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
                self._learn(name, False)

    def _learn(self, name: str, learn: bool) -> None:
        for parameter in self.decoder.table(name).parameters():
            parameter.requires_grad_(learn)

    def _restore(self, name: str) -> None:
        state = self.tables[name].state
        if state is not None:
            self.decoder.table(name).load_state_dict(state)

    def restore_best(self) -> None:
        """Leave the networks as good as they were at their best, and trainable."""
        for name in self.tables:
            self._restore(name)
            self._learn(name, True)
        self.encoder.eval()
        self.decoder.eval()

    def _record(self, epoch: int, part: float, valid: "_Sums | None", done: float) -> EpochRecord:
        elapsed, losses = max(1e-6, time.monotonic() - self.began), self.sums
        return EpochRecord(
            epoch=epoch,
            n_epochs=self.n_epochs,
            part=part,
            train_loss=losses.mean(self.settings),
            valid_loss=valid.mean(self.settings) if valid is not None and valid.rows else None,
            rows_per_s=self.place.visited / elapsed,
            elapsed_s=elapsed,
            eta_s=elapsed * (1 - done) / max(done, 1e-6),
            kl={name: losses.kl[name] / losses.rows[name] for name in losses.kl if losses.kl[name]},
            valid_losses={} if valid is None else {n: valid.nll[n] / valid.rows[n] for n in valid.rows},
            frozen=tuple(name for name, table in self.tables.items() if table.frozen),
            setbacks=self.place.setbacks,
            pieces=self.place.pieces,
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

    def mean(self, settings: TrainSettings) -> float:
        rows = sum(self.rows.values())
        divergence = sum(settings.beta_of(name) * kl for name, kl in self.kl.items())
        return (sum(self.nll.values()) + divergence) / max(1, rows)


def _schedule(step: int, share: float) -> float:
    """A short linear warm-up, then a cosine down to 2 %."""
    return min(1.0, (step + 1) / _WARM_UP) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share)))


def _set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate
