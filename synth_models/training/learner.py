"""One step of learning, in as many pieces as there is memory for; and measuring."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import final

import numpy as np
import torch
from torch import nn

from synth_models.choices import Precision
from synth_models.errors import TrainingError
from synth_models.nn.decoder import Decoder
from synth_models.nn.encoder import Encoder
from synth_models.training.feeding import Part, PlacedRows
from synth_models.training.loss import Loss, Losses, Skip
from synth_models.training.recovery import ran_out_of_memory
from synth_models.training.settings import TrainSettings
from synth_models.training.sums import Sums

_CLIP = 5.0


class NotFiniteError(Exception):
    """The loss or its gradient is not a number any more; the networks are still as they were."""

    def __init__(self, tables: Mapping[str, Loss]) -> None:
        self.tables = ", ".join(tables)


@final
class Learner:
    """An encoder, a decoder and an optimizer, and what they learn by.

    Args:
        encoder, decoder: Networks where the rows are computed with.
        optimizer: Of their parameters.
        learned: What they learn from.
        valid: What they are measured on.
        losses: What they are trained by.
        settings: How.
        precision: What losses are computed in while learning; measures are float32 always.
    """

    def __init__(
        self,
        encoder: Encoder,
        decoder: Decoder,
        optimizer: torch.optim.Optimizer,
        learned: PlacedRows,
        valid: PlacedRows,
        *,
        losses: Losses,
        settings: TrainSettings,
        precision: Precision | str,
    ) -> None:
        self.encoder, self.decoder, self.optimizer = encoder, decoder, optimizer
        self._parameters = [*encoder.parameters(), *decoder.parameters()]
        self.device = learned.device
        self.generator = torch.Generator("cuda" if self.device.type == "cuda" else "cpu")
        self.generator.manual_seed(settings.seed)
        self._learned, self._valid, self._losses, self._settings = learned, valid, losses, settings
        self._precision = partial(
            torch.autocast, self.device.type, torch.bfloat16, enabled=precision == Precision.BF16
        )

    def learn(self, part: Part, warmth: float, frozen: Skip, pieces: int, sums: Sums) -> tuple[int, int]:
        """A step, or several with a part of its families each if there is no memory for all at once.

        Args:
            part: Families to learn from.
            warmth: What the regularisation of the latents is multiplied with.
            frozen: What is not trained any more.
            pieces: In how many parts to make the step.
            sums: What the losses are added to.

        Returns:
            Rows visited, and in how many parts to make the next step.

        Raises:
            NotFiniteError: If the loss or its gradient is not finite.
            TrainingError: If there is no memory for a single family.
        """
        group, units = part
        todo, visited = np.array_split(units, min(pieces, len(units))), 0
        while todo:
            some = todo.pop(0)
            try:
                visited += self._step((group, some), warmth, frozen, sums)
                continue
            except Exception as error:
                if not ran_out_of_memory(error):
                    raise
                if len(some) < 2:
                    raise TrainingError(
                        f"There is not enough memory for a step of a single family (tables "
                        f"{', '.join(group.tables)}). Give it more, or lower hidden_units."
                    ) from None
            # out of the handler: what the failed step holds is let go with its traceback
            self.optimizer.zero_grad(set_to_none=True)
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            pieces = min(2 * pieces, len(units))
            todo = [*np.array_split(some, 2), *todo]
        return visited, pieces

    def _step(self, part: Part, warmth: float, frozen: Skip, sums: Sums) -> int:
        if not self.encoder.training:  # after a measure
            self.encoder.train()
            self.decoder.train()
        batch, there = self._learned.batch(part), self._learned.there
        blueprints = self._learned.blueprints
        with self._precision():
            found = self._losses(self.encoder, self.decoder, blueprints, batch, there, self.generator, frozen)
        rows = sum(loss.rows for loss in found.values())
        if not rows:
            return 0
        loss = (
            sum(
                (loss.nll + warmth * self._settings.beta_of(name) * loss.kl for name, loss in found.items()),
                torch.zeros((), device=self.device),
            )
            / rows
        )
        if not torch.isfinite(loss):
            raise NotFiniteError(found)
        self.optimizer.zero_grad(set_to_none=True)
        if loss.requires_grad:
            loss.backward()
            if not torch.isfinite(nn.utils.clip_grad_norm_(self._parameters, _CLIP)):
                raise NotFiniteError(found)
            self.optimizer.step()
        sums.add(found)
        return batch.n_rows

    def measure(self, parts: Iterable[Part]) -> Sums:
        """The losses of families that are not learned from."""
        self.encoder.eval()
        self.decoder.eval()
        sums, there, blueprints = Sums(), self._valid.there, self._valid.blueprints
        generator = torch.Generator(self.generator.device).manual_seed(0)
        with torch.no_grad():
            for part in parts:
                batch = self._valid.batch(part)
                sums.add(self._losses(self.encoder, self.decoder, blueprints, batch, there, generator))
        return sums
