"""The trainer: what a training needs is put together, and run."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from torch import nn

from synth_models.choices import Precision
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.rows import Rows
from synth_models.nn.decoder import Decoder
from synth_models.nn.encoder import Encoder
from synth_models.training.early_stopping import EarlyStopping
from synth_models.training.events import EpochRecord, OnEpoch
from synth_models.training.feeding import Feed, PlacedRows
from synth_models.training.learner import Learner
from synth_models.training.loss import Losses, table_losses
from synth_models.training.recovery import Unfinished
from synth_models.training.run import Run
from synth_models.training.settings import TrainSettings
from synth_models.training.tensorboard import tensorboard

_VISITS = 1_500_000
"""Rows to visit when the number of epochs is left open; early stopping usually ends sooner."""
_EPOCHS = (4, 150)


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
        self._optimizer: torch.optim.Optimizer | None = None
        self._remembered: Callable[[], torch.optim.Optimizer] | None = None
        self.history: list[EpochRecord] = []

    def reset(self) -> None:
        """Forget the optimizer and the history."""
        self._optimizer, self._remembered, self.history = None, None, []

    @property
    def optimizer(self) -> torch.optim.Optimizer | None:
        """What trains; None before the first training."""
        if self._remembered is not None:
            self._optimizer, self._remembered = self._remembered(), None
        return self._optimizer

    def remember(self, kind: str, state: dict[str, Any], parameters: list[nn.Parameter]) -> None:
        """Have the optimizer of an earlier training, when it is asked for.

        PyTorch's first optimizer takes a process seconds to make, which one that only samples need not spend.

        Args:
            kind: Its class.
            state: Its ``state_dict``.
            parameters: What it is of.
        """

        def remembered() -> torch.optim.Optimizer:
            optimizer = getattr(torch.optim, kind)(parameters)
            optimizer.load_state_dict(state)
            return optimizer

        self._remembered = remembered

    def fit(  # noqa: PLR0913 - most of them by keyword
        self,
        encoder: Encoder,
        decoder: Decoder,
        blueprints: Mapping[str, TableBlueprint],
        rows: Rows,
        settings: TrainSettings,
        *,
        valid_rows: Rows | None = None,
        places: Mapping[str, np.ndarray] | None = None,
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
            places: Per table a number for every row, by which families are held out; see ``Feed``.
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
        sizes = {name: [len(block), int(block.tokens.long().sum())] for name, block in rows.items()}
        n_epochs = settings.n_epochs or _open_epochs(sum(n for n, _ in sizes.values()))
        optimizer = self._optimizer_of(
            [*encoder.to(device).parameters(), *decoder.to(device).parameters()], settings
        )
        learned = PlacedRows(rows, blueprints, device)
        valid = PlacedRows(valid_rows, blueprints, device) if valid_rows is not None else None
        stopping = EarlyStopping(encoder, decoder, blueprints, settings)
        learner = Learner(
            encoder,
            decoder,
            optimizer,
            learned,
            valid or learned,
            losses=self._losses,
            settings=settings,
            precision=precision,
        )
        feed = Feed(learned, valid, settings.batch_size, settings.seed, places)
        run = Run(
            learner,
            feed,
            stopping,
            settings=settings,
            n_epochs=n_epochs,
            history=self.history,
            training={"settings": asdict(settings), "n_epochs": n_epochs, "rows": sizes},
            unfinished=unfinished,
        )
        with tensorboard(tensorboard_dir) as log:
            for record in run.epochs(progress):
                log(record)
                if on_epoch is not None:
                    on_epoch(record)
        stopping.restore_best(lambda: learner.measure(feed.held_out()))
        encoder.eval()
        decoder.eval()
        if unfinished is not None:
            unfinished.remove()

    def _optimizer_of(self, parameters: list[nn.Parameter], settings: TrainSettings) -> torch.optim.Optimizer:
        if self.optimizer is None:
            self._optimizer = settings.make_optimizer(parameters)
        else:  # its state follows the parameters to where they are now
            self.optimizer.load_state_dict(self.optimizer.state_dict())
        assert self.optimizer is not None
        return self.optimizer


def _open_epochs(rows: int) -> int:
    """How many epochs there are if nobody says so."""
    return int(np.clip(_VISITS // max(1, rows), *_EPOCHS))
