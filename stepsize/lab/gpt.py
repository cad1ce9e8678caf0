"""The task "gpt": a small GPT that learns to predict the next byte of a text, with AdamW."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from stepsize.lab import corpus
from stepsize.lab.train import Problem

CONTEXT = 48  # bytes that a prediction can look back on
BATCH = 8  # windows of CONTEXT bytes: small, so that gradients are as noisy as those of real training
WIDTH, HEADS, LAYERS = 64, 4, 2
HELD_OUT = 240  # windows in the validation set


def problem(seed: int, text: Path | None = None) -> Problem:
    """A new model and its batches; the same ``seed`` gives the same weights and the same batches.

    Args:
        seed: of the weights and of the order of the batches; an int >= 0.
        text: a file to learn from; by default Python's own manual.
    """
    stored = torch.frombuffer(bytearray(corpus.read(text)), dtype=torch.uint8).long()
    tenth = len(stored) // 10
    training, held_out = stored[:-tenth], stored[-tenth:]
    torch.manual_seed(seed)
    model = GPT()
    order = torch.Generator().manual_seed(seed)

    def batch() -> tuple[Tensor, Tensor]:
        return windows(training, torch.randint(len(training) - CONTEXT, (BATCH,), generator=order))

    spread = torch.arange(HELD_OUT) * (len(held_out) - CONTEXT) // HELD_OUT
    return Problem(model, optimizer(model), batch, windows(held_out, spread))


def windows(text: Tensor, starts: Tensor) -> tuple[Tensor, Tensor]:
    """CONTEXT bytes from each start, and for each of them the byte that follows it."""
    cut = text[starts[:, None] + torch.arange(CONTEXT + 1)]
    return cut[:, :-1], cut[:, 1:]


def optimizer(model: nn.Module) -> torch.optim.AdamW:
    """AdamW as GPTs are trained with: weight decay on matrices, none on biases and gains."""
    matrices = [weights for weights in model.parameters() if weights.dim() >= 2]
    vectors = [weights for weights in model.parameters() if weights.dim() < 2]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.95))  # the loop sets the rate


class GPT(nn.Module):
    """Embeddings, a stack of blocks, and scores for each of the 256 bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.byte = nn.Embedding(256, WIDTH)
        self.place = nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.norm = nn.LayerNorm(WIDTH)
        for weights in self.parameters():
            if weights.dim() >= 2:
                nn.init.normal_(weights, std=0.02)

    def forward(self, inputs: Tensor) -> Tensor:
        """Scores of the next byte, of shape (batch, length, 256), for inputs of shape (batch, length)."""
        state = self.byte(inputs) + self.place(torch.arange(inputs.shape[1]))
        return nn.functional.linear(self.norm(self.blocks(state)), self.byte.weight)


class Block(nn.Module):
    """Attention to the bytes so far, then a layer of its own for each byte, both added to the state."""

    def __init__(self) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(WIDTH)
        self.attention = nn.Linear(WIDTH, 3 * WIDTH)
        self.projection = nn.Linear(WIDTH, WIDTH)
        self.feed = nn.Sequential(
            nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH)
        )

    def forward(self, state: Tensor) -> Tensor:
        """From a state of shape (batch, length, WIDTH) to the next."""
        batch, length, _ = state.shape
        heads = self.attention(self.attention_norm(state)).view(batch, length, 3, HEADS, WIDTH // HEADS)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        seen = scaled_dot_product_attention(query, key, value, is_causal=True)
        state = state + self.projection(seen.transpose(1, 2).reshape(batch, length, WIDTH))
        return torch.add(state, self.feed(state))
