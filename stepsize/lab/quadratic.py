"""The task "quadratic": a noisy quadratic whose optimum is known, with SGD.

The loss is 1/2 sum_i h_i (x_i - z_i)^2 with h_i = 1/i and z_i drawn from N(0, 1/4) for every update, so its expectation
is 1/2 sum_i h_i x_i^2 and a constant: the optimum is 0, and what is judged is the excess over it.

Source: the noisy quadratic model of Zhang et al. 2019, arXiv 1907.04164, section 3.
"""

import torch
from torch import Tensor, nn

from stepsize.lab.train import Problem

WIDTH = 256
BATCH = 4


def problem(seed: int) -> Problem:
    """A start at 3 in each direction, and noise by the seed."""
    noise = torch.Generator().manual_seed(seed)
    curvature = 1 / torch.arange(1, WIDTH + 1)
    nothing = torch.zeros(())

    def batch() -> tuple[Tensor, Tensor]:
        return nothing, torch.randn(BATCH, WIDTH, generator=noise).mean(0)

    def loss(x: Tensor, z: Tensor) -> Tensor:
        return (curvature.to(x.device) * (x - z) ** 2).sum() / 2

    model = Point()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)  # the loop sets the rate
    return Problem(model, optimizer, batch, (nothing, torch.zeros(WIDTH)), loss=loss)


class Point(nn.Module):
    """What is moved; it maps anything to where it is."""

    def __init__(self) -> None:
        super().__init__()
        self.x = nn.Parameter(torch.full((WIDTH,), 3.0))

    def forward(self, inputs: Tensor) -> Tensor:
        """Where it is, of shape (WIDTH,)."""
        return self.x * 1
