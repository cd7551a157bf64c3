"""Small building blocks."""

from collections.abc import Sequence

from torch import nn


def mlp(width_in: int, hidden: Sequence[int], width_out: int, *, dropout: float = 0.0) -> nn.Sequential:
    """A multilayer perceptron: linear layers with SiLU between them. Shapes: (rows, in) -> (rows, out)."""
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(width_in, width), nn.SiLU()]
        if dropout:
            layers.append(nn.Dropout(dropout))
        width_in = width
    return nn.Sequential(*layers, nn.Linear(width_in, width_out))
