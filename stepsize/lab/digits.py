"""The tasks "digits" and "digits_mlp": a small CNN, or MLP, that reads handwritten digits, with SGD and momentum."""

from functools import cache

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import pad

from stepsize.lab.train import Problem

BATCH = 16
HELD_OUT = 450  # of the 1797 images; the same ones for every seed
CHANNELS = 16


def problem(seed: int, *, convolutional: bool = True) -> Problem:
    """A new model and its batches; the same ``seed`` gives the same weights and the same batches.

    Images of a batch are shifted by up to one pixel, as is usual for images: there are few of them.
    """
    images, digits = data()
    framed = pad(images[HELD_OUT:], (1, 1, 1, 1))
    torch.manual_seed(seed)
    model = network() if convolutional else plain_network()
    order = torch.Generator().manual_seed(seed)

    def batch() -> tuple[Tensor, Tensor]:
        chosen = torch.randint(len(framed), (BATCH,), generator=order)
        down, right = torch.randint(3, (2,), generator=order).tolist()
        return framed[chosen, :, down : down + 8, right : right + 8], digits[HELD_OUT:][chosen]

    # lr is set by the loop
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0, momentum=0.9, nesterov=True, weight_decay=5e-4)
    return Problem(model, optimizer, batch, (images[:HELD_OUT], digits[:HELD_OUT]))


@cache
def data() -> tuple[Tensor, Tensor]:
    """All images, of shape (1797, 1, 8, 8) in [0, 1], and their digits, in one shuffled order."""
    stored = load_digits()
    shuffled = torch.randperm(len(stored.target), generator=torch.Generator().manual_seed(0))
    images = torch.tensor(stored.images / 16, dtype=torch.float32).unsqueeze(1)
    return images[shuffled], torch.tensor(stored.target)[shuffled]


def network() -> nn.Module:
    """Two convolutions, each followed by pooling, then one linear layer: 6,000 weights."""
    return nn.Sequential(
        nn.Conv2d(1, CHANNELS, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(CHANNELS, 2 * CHANNELS, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(2 * CHANNELS * 4, 10),
    )  # fmt: skip


def plain_network() -> nn.Module:
    """Two layers: 9,600 weights."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
