"""The autoregressive head: every step of a row given the steps before it, all at once or one by one."""

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn

from synth_models.nn.tokens import Ranks, TokenLogits


@final
class Head(nn.Module):
    """One small network per step, fed by the context and, through a block-triangular mask, by earlier steps.

    A grouped form of the masked autoencoder of Germain et al. 2015 (arXiv 1502.03509): one large matrix
    product trains all steps, thin products sample them.

    Args:
        widths: Length of the vector that each step passes on to later ones.
        sizes: Number of outcomes of each step; 0 for a step whose outcomes are scored elsewhere.
        ranks: The order of the outcomes of each step, if they have one.
        context: Length of the context.
        hidden: Hidden units of each step's network, layer by layer.
        dropout: Share of hidden units dropped in training.
    """

    def __init__(
        self,
        widths: Sequence[int],
        sizes: Sequence[int],
        ranks: Sequence[Ranks],
        context: int,
        hidden: Sequence[int],
        dropout: float,
    ) -> None:
        super().__init__()
        self.steps, self.units = len(widths), hidden[0]
        self.sizes = list(sizes)
        self.offsets = torch.cumsum(torch.tensor([0, *widths]), 0).tolist()
        total = self.offsets[-1]
        self.from_context = nn.Linear(context, self.steps * self.units)
        self.from_steps = nn.Parameter(torch.randn(total, self.steps * self.units) / max(1, total) ** 0.5)
        step_of_input = torch.repeat_interleave(
            torch.arange(self.steps), torch.tensor(list(widths), dtype=torch.long)
        )
        step_of_unit = torch.arange(self.steps).repeat_interleave(self.units)
        mask = (step_of_input[:, None] < step_of_unit[None, :]).float()
        self.mask: Tensor
        self.register_buffer("mask", mask, persistent=False)
        self.layers = nn.ParameterList()
        self.biases = nn.ParameterList()
        width = self.units
        for units in hidden[1:]:
            self.layers.append(nn.Parameter(torch.randn(self.steps, width, units) / width**0.5))
            self.biases.append(nn.Parameter(torch.zeros(self.steps, 1, units)))
            width = units
        self.width = width
        self.outputs = nn.ModuleList(
            [TokenLogits(width, s, r) if s else nn.Identity() for s, r in zip(sizes, ranks, strict=True)]
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, vectors: Tensor, context: Tensor) -> Tensor:
        """The hidden state of every step of every row.

        Shapes:
            vectors: (rows, sum of widths)
            context: (rows, context)
            returns: (steps, rows, hidden)
        """
        mixed = self.from_context(context) + vectors @ (self.from_steps * self.mask)
        return self._deepen(mixed.view(len(context), self.steps, self.units).transpose(0, 1), slice(None))

    def _deepen(self, mixed: Tensor, steps: slice) -> Tensor:
        hidden = self.dropout(nn.functional.silu(mixed))
        for weight, bias in zip(self.layers, self.biases, strict=True):
            deeper = self.dropout(nn.functional.silu(torch.bmm(hidden, weight[steps]) + bias[steps]))
            hidden = hidden + deeper if deeper.shape == hidden.shape else deeper
        return hidden

    def logits(self, hidden: Tensor, step: int) -> Tensor:
        """Unnormalised log probabilities of the outcomes of a step.

        Shapes:
            (rows, hidden) -> (rows, outcomes).
        """
        return self.outputs[step](hidden)

    def start_from(self, step: int, counts: Tensor) -> None:
        """Begin with the frequencies of the outcomes of a step. Shapes: (outcomes,)."""
        logits = self.outputs[step]
        assert isinstance(logits, TokenLogits)
        logits.start_from(counts)

    def usual(self, step: int) -> Tensor:
        """The log frequencies of the outcomes of a step. Shapes: (outcomes,)."""
        logits = self.outputs[step]
        assert isinstance(logits, TokenLogits)
        return logits.usual

    def start(self, context: Tensor) -> Tensor:
        """What all steps know before the first is drawn. Shapes: (rows, context) -> (rows, steps * units)."""
        return self.from_context(context)

    def state(self, mixed: Tensor, step: int) -> Tensor:
        """The hidden state of one step. Shapes: (rows, steps * units) -> (rows, hidden)."""
        part = mixed[:, step * self.units : (step + 1) * self.units]
        return self._deepen(part[None], slice(step, step + 1))[0]

    def add(self, mixed: Tensor, step: int, vector: Tensor) -> None:
        """Tell all later steps, in place, what was drawn. Shapes: (rows, steps * units), (rows, width)."""
        rows = slice(self.offsets[step], self.offsets[step + 1])
        later = slice((step + 1) * self.units, None)
        mixed[:, later] += vector @ self.from_steps[rows, later]
