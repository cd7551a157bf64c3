"""One training from its first epoch to its last, whatever interrupts it."""

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

from tqdm.auto import tqdm

from synth_models.errors import TrainingError
from synth_models.training.early_stopping import EarlyStopping
from synth_models.training.events import EpochRecord
from synth_models.training.feeding import Feed
from synth_models.training.learner import Learner, NotFiniteError
from synth_models.training.recovery import Unfinished, copied, random_state, set_random_state
from synth_models.training.settings import TrainSettings
from synth_models.training.sums import Sums

_EVALUATIONS = 30
_WARM_UP = 50
_AGAIN = 0.3
"""What the learning rate is multiplied with when a trained model goes on: its weights are good already."""
_LATENTS = 0.2
"""The share of a first training in which the latents' regularisation grows to its full weight."""
_EVERY_S = 20.0
_SETBACKS = 3
"""How often a training may go back to the last epoch that ended well."""
_LOWER = 0.3
"""What the learning rate is multiplied with when it does."""


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


@final
class Run:
    """The epochs of one call of ``Trainer.fit``.

    Args:
        learner: What is trained.
        feed: The families.
        stopping: When the tables are frozen.
        settings: How.
        n_epochs: Epochs at most.
        history: Where the records of finished epochs are kept.
        training: What is trained on and how: what an unfinished training must have in common.
        unfinished: What to go on from if it is there, and where to keep what the next one may go on from.
    """

    def __init__(
        self,
        learner: Learner,
        feed: Feed,
        stopping: EarlyStopping,
        *,
        settings: TrainSettings,
        n_epochs: int,
        history: list[EpochRecord],
        training: Mapping[str, Any],
        unfinished: Unfinished | None,
    ) -> None:
        self._learner, self._feed, self._stopping = learner, feed, stopping
        self._settings, self._n_epochs, self._history = settings, n_epochs, history
        self._training, self._unfinished = training, unfinished
        self._goes_on = bool(history)
        self._peak = settings.lr * (_AGAIN if self._goes_on else 1.0)
        self._place, self._sums = _Place(), Sums()
        self._began = time.monotonic()
        self._order = feed.rng.bit_generator.state  # as it was when the steps of the epoch were drawn
        if unfinished is not None and (state := unfinished.read(training)) is not None:
            self._restore(state)

    def _state(self) -> dict[str, Any]:
        """Everything that the rest of the training is a function of: plain data and tensors."""
        learner = self._learner
        return {
            "place": {**asdict(self._place), "elapsed": time.monotonic() - self._began},
            "sums": vars(self._sums),
            "order": self._order,
            "noise": learner.generator.get_state(),
            "random": random_state(learner.device),
            "encoder": learner.encoder.state_dict(),
            "decoder": learner.decoder.state_dict(),
            "optimizer": learner.optimizer.state_dict(),
            "tables": self._stopping.state(),
            "history": [record.to_dict() for record in self._history],
        }

    def _restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state; it is used up."""
        learner = self._learner
        self._place, self._sums = _Place(**state["place"]), Sums()
        vars(self._sums).update(state["sums"])
        self._began = time.monotonic() - self._place.elapsed
        self._feed.rng.bit_generator.state = self._order = state["order"]
        learner.generator.set_state(state["noise"])
        set_random_state(state["random"], learner.device)
        learner.encoder.load_state_dict(state["encoder"])
        learner.decoder.load_state_dict(state["decoder"])
        learner.optimizer.load_state_dict(state["optimizer"])
        self._stopping.restore(state["tables"])
        self._history[:] = [EpochRecord.from_dict(record) for record in state["history"]]

    def epochs(self, progress: bool) -> Iterator[EpochRecord]:
        """Train until the epochs are over or all tables are frozen; a record of each, and of long ones more.

        Raises:
            TrainingError: If the loss is not finite, also after going back and lowering the rate; or if there
                is no memory for a single family.
        """
        bar = tqdm(
            total=self._n_epochs,
            initial=self._place.epoch,
            desc="training",
            unit="epoch",
            disable=not progress,
        )
        if self._goes_on and not self._place.step:  # what was learned before may be the best there is
            self._stopping.note(self._learner.measure(self._feed.held_out()))
        while self._place.epoch < self._n_epochs and not self._stopping.over:
            good = copied(self._state())
            try:
                for record in self._epoch():
                    if record.part >= 1:
                        bar.update(1)
                        bar.set_postfix_str(f"loss {record.train_loss:.3f}, {record.rows_per_s:,.0f} rows/s")
                    yield record
            except NotFiniteError as error:
                self._go_back(good, error.tables)
        bar.close()

    def _epoch(self) -> Iterator[EpochRecord]:
        """One epoch, or what is left of it."""
        steps, spoken = self._feed.steps(self._stopping.frozen), time.monotonic()
        place, epoch = self._place, self._place.epoch + 1
        done = (epoch - 1) / self._n_epochs
        for number, part in enumerate(steps[place.number :], place.number + 1):
            share = (epoch - 1 + number / len(steps)) / self._n_epochs
            self._set_rate(place.rate * self._peak * _schedule(place.step, share))
            visited, place.pieces = self._learner.learn(
                part, self._warmth(share), self._stopping.done, place.pieces, self._sums
            )
            place.visited += visited
            place.number, place.step = number, place.step + 1
            if self._unfinished is not None and self._unfinished.due:
                self._unfinished.write(self._state(), self._training)
            now = time.monotonic()
            if now - spoken > _EVERY_S and number < len(steps):
                spoken, done = now, share
                yield self._record(epoch, number / len(steps), None, done)
        every = max(1, self._n_epochs // _EVALUATIONS)
        valid = None
        if epoch % every == 0 or epoch == self._n_epochs:
            valid = self._learner.measure(self._feed.held_out())
            self._stopping.note(valid)
        record = self._record(epoch, 1.0, valid, epoch / self._n_epochs)
        self._history.append(record)
        place.epoch, place.number, self._sums = epoch, 0, Sums()
        self._order = self._feed.rng.bit_generator.state
        yield record

    def _warmth(self, share: float) -> float:
        """What the regularisation of the latents is multiplied with; they are there when training goes on."""
        return 1.0 if self._goes_on else min(1.0, share / _LATENTS)

    def _go_back(self, good: dict[str, Any], tables: str) -> None:
        """Back to a state in which the loss was finite, to go on from it at a lower rate."""
        setbacks, rate, lr = self._place.setbacks + 1, self._place.rate * _LOWER, self._settings.lr
        if setbacks > _SETBACKS:
            raise TrainingError(
                f"The loss is not finite any more (tables {tables}), although training went back "
                f"{_SETBACKS} times and lowered the rate to {self._place.rate * lr:.1e}. Lower lr "
                f"(now {lr}), or look for extreme numbers in these tables."
            )
        self._restore(good)
        self._place.setbacks, self._place.rate = setbacks, rate

    def _set_rate(self, rate: float) -> None:
        for group in self._learner.optimizer.param_groups:
            group["lr"] = rate

    def _record(self, epoch: int, part: float, valid: Sums | None, done: float) -> EpochRecord:
        elapsed, losses = max(1e-6, time.monotonic() - self._began), self._sums
        return EpochRecord(
            epoch=epoch,
            n_epochs=self._n_epochs,
            part=part,
            train_loss=losses.mean(self._settings),
            valid_loss=valid.mean(self._settings) if valid is not None and valid.rows else None,
            rows_per_s=self._place.visited / elapsed,
            elapsed_s=elapsed,
            eta_s=elapsed * (1 - done) / max(done, 1e-6),
            kl=losses.kl_per_row(),
            valid_losses=valid.nll_per_row() if valid is not None else {},
            frozen=self._stopping.frozen,
            setbacks=self._place.setbacks,
            pieces=self._place.pieces,
        )


def _schedule(step: int, share: float) -> float:
    """A short linear warm-up, then a cosine down to 2 %."""
    return min(1.0, (step + 1) / _WARM_UP) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share)))
