"""Diagonal Gaussian latents of rows."""

from typing import NamedTuple, final

import torch
from torch import Tensor, nn

from synth_models.nn.blocks import mlp


class Gaussian(NamedTuple):
    """A diagonal Gaussian per row. Shapes: mean and log_var (rows, latent)."""

    mean: Tensor
    log_var: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """A draw, differentiable in the parameters (Kingma & Welling 2014). Shapes: (rows, latent)."""
        return self.mean + noise * torch.exp(0.5 * self.log_var)


def kl(q: Gaussian, p: Gaussian) -> Tensor:
    """Kullback-Leibler divergence of q from p, in nats. Shapes: (rows,)."""
    spread = torch.exp(q.log_var - p.log_var)
    distance = (q.mean - p.mean) ** 2 / torch.exp(p.log_var)
    return 0.5 * (spread + distance - 1 + p.log_var - q.log_var).sum(1)


@final
class GaussianNet(nn.Module):
    """A vector to a Gaussian."""

    def __init__(self, width: int, hidden: int, latent: int) -> None:
        super().__init__()
        self.net = mlp(width, (hidden,), 2 * latent)

    def forward(self, vectors: Tensor) -> Gaussian:
        """Shapes: (rows, width) -> Gaussian of (rows, latent)."""
        mean, log_var = self.net(vectors).float().chunk(2, 1)
        return Gaussian(mean, log_var.clamp(-8.0, 4.0))


def standard_noise(shape: tuple[int, int], generator: torch.Generator | None, device: torch.device) -> Tensor:
    """Standard normal draws, made on the CPU so that every device draws the same."""
    return torch.randn(shape, generator=generator).to(device)
