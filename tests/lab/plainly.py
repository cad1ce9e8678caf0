"""The training loop as tests call it: a problem, a schedule and a number of updates give what was told."""

from pathlib import Path
from typing import NamedTuple

from stepsize.lab import train as lab
from stepsize.lab.trial import Ended, Trial


class History(NamedTuple):
    losses: tuple
    evaluations: tuple
    ended: str


def train(problem, schedule, steps):
    run, ended = Trial(schedule, 0, steps, Path()), ""
    try:
        lab.train(problem, run)
    except Ended as why:
        ended = str(why)
    return History(tuple(run.losses), tuple(run.evaluations), ended)
