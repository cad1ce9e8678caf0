"""What the tests of the laboratory share: small plans."""

import pytest
import torch

import stepsize as ss
from stepsize.lab.plan import plan

SCHEDULES = {"constant": ss.hold(0.1), "cosine": ss.cosine_annealing(0.1, 12)}


@pytest.fixture(autouse=True)
def _one_thread():
    """As in a worker: the bits of a sum depend on how many threads share it."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def small(tmp_path):
    """Plans of 12 updates on digits; what a test does not name is ordinary."""

    def make(schedules=SCHEDULES, task="digits", seeds=1, steps=12, text=None):
        return plan(task, schedules, seeds=seeds, steps=steps, out=tmp_path / "runs", text=text)

    return make


@pytest.fixture
def text(tmp_path):
    """A text file that is just long enough."""
    path = tmp_path / "text.txt"
    path.write_bytes(bytes(range(256)) * 40)
    return path
