"""A plain loop in NumPy: the schedule is called, and the checkpoint is JSON."""

import json

import numpy as np
import torch

import stepsize as ss
from tests.hosts.lives_process import Life, renamed


def train(life: Life) -> None:
    case, stored = life.case, life.folder / "run.json"
    s, weights, speed = case.schedule, np.zeros((64, 10)), np.zeros((64, 10))
    if stored.exists():
        saved = json.loads(stored.read_text())
        s = ss.from_dict(saved["schedule"])
        weights, speed = np.array(saved["weights"]), np.array(saved["speed"])
        life.restored(saved["updates"])
    _, batches = case.problem(life.done)

    def update(k):
        images, digits = (batch.numpy() for batch in next(batches))
        loss, slope = nats(weights, images.reshape(len(images), -1), digits)
        rate = s(k)
        speed[:] = 0.9 * speed + slope
        weights[:] -= rate * speed
        return [rate], loss

    def save(updates):
        state = {"weights": weights.tolist(), "speed": speed.tolist()}
        text = json.dumps({"updates": updates, "schedule": s.to_dict(), **state})
        renamed(stored, lambda path: path.write_text(text))

    life.loop(update, save)
    life.end(case.updates, [torch.from_numpy(weights)])


def nats(weights, images, digits):
    """The loss of a regression on 10 classes, and its slope."""
    scores = images @ weights
    scores -= scores.max(axis=1, keepdims=True)
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    rows = np.arange(len(digits))
    loss = -np.log(shares[rows, digits]).mean()
    shares[rows, digits] -= 1
    return float(loss), images.T @ shares / len(digits)
