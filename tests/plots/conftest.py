"""Small runs, rows and races, made by hand; everything that a test does not name is ordinary."""

import pytest

from stepsize.records import Race, Row, Run


def _run(name="cosine", seed=0, losses=(3.0, 2.0, 1.0, 0.5), rates=None, evaluations=None, **other):
    steps = len(losses)
    fields = {
        "task": "gpt",
        "name": name,
        "schedule": {},
        "seed": seed,
        "steps": steps,
        "rates": tuple(rates) if rates is not None else (0.1,) * steps,
        "losses": tuple(losses),
        "evaluations": evaluations or ((steps, losses[-1]),),
        "seconds": 1.0,
        "data": "",
        "versions": {"torch": "2.13.0"},
    }
    return Run(**fields | other)


def _row(name="cosine", **other):
    fields = {
        "mean": 2.0,
        "low": 1.9,
        "high": 2.1,
        "difference": 0.1,
        "difference_low": -0.1,
        "difference_high": 0.3,
        "verdict": "cannot tell",
        "seeds": 3,
        "diverged": 0,
    }
    return Row(name, **fields | other)


def _race(runs, rows=(), task="gpt", description="A small model.", command="stepsize race"):
    return Race(task, description, tuple(runs), tuple(rows), command)


@pytest.fixture(scope="session")
def run():
    return _run


@pytest.fixture(scope="session")
def row():
    return _row


@pytest.fixture(scope="session")
def lost(row):
    """A row all of whose runs diverged."""
    nothing = dict.fromkeys(("mean", "low", "high", "difference", "difference_low", "difference_high"))
    return lambda name: row(name, **nothing, verdict="diverged in 3 of 3", diverged=3)


@pytest.fixture(scope="session")
def race():
    return _race
