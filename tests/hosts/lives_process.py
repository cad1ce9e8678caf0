"""A training process that can be killed at any moment, and what it tells of itself until then."""

import json
import logging
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from tests.hosts.lives import EVERY, HOSTS, Case, digest


@dataclass
class Doom:
    """The place where a process is to die, from an update on: it says when it is there, and its parent kills it."""

    place: str  # "start", "update" or "checkpoint"
    update: int
    pipe: Connection
    told: bool = False

    def at(self, place: str, update: int) -> None:
        if not self.told and place == self.place and update >= self.update:
            self.told = True
            self.pipe.send(place)

    def wait(self) -> None:
        """The process has nothing left to do, and must not end by itself."""
        self.at(self.place, self.update)
        signal.pause()


class Life:
    """One process of a run, as the training in it sees it: where it goes on, and whom it tells what it does."""

    def __init__(self, case: Case, folder: Path, number: int, doom: Doom | None) -> None:
        self.case, self.folder, self.doom = case, folder, doom
        self.done = 0  # updates that the checkpoint holds
        self.log = os.open(folder / f"{number}.log", os.O_CREAT | os.O_WRONLY)

    def at(self, place: str, update: int) -> None:
        """It may die here."""
        if self.doom:
            self.doom.at(place, update)

    def restored(self, updates: int, schedule: Any = None) -> None:
        """A checkpoint was loaded, and with it what drives the rate."""
        self.done = updates
        self.case.fault(self, schedule)

    def made(self, update: int, rates: list[float], loss: float) -> None:
        """An update was made; this must come before it is saved."""
        self._note([update, rates, loss])

    @contextmanager
    def saving(self, update: int) -> Iterator[None]:
        """A checkpoint is written, after that update; what stays behind is a sign that it was torn."""
        sign = self.folder / "saving"
        sign.touch()
        self.at("checkpoint", update)
        yield
        sign.unlink()

    def loop(self, update: Callable[[int], tuple[list[float], float]], save: Callable[[int], None]) -> None:
        """The loop of a host that has none: ``update(k)`` gives rates and loss, ``save(updates)`` a checkpoint."""
        for k in range(self.done, self.case.updates):
            self.at("update", k)
            self.made(k, *update(k))
            if (k + 1) % EVERY == 0:
                with self.saving(k):
                    save(k + 1)

    def end(self, position: int, weights: Any) -> None:
        """All updates are made."""
        self._note([self.case.updates, position, digest(weights)])

    def _note(self, entry: list) -> None:
        """Handed to the system at once: a killed process loses nothing, but it may leave half a line."""
        os.write(self.log, (json.dumps(entry) + "\n").encode())


def live(case: Case, folder: Path, number: int, doom: Doom | None) -> None:
    """Train on from the checkpoint to the end; each update leaves a line in the log of this life."""
    life = Life(case, folder, number, doom)
    life.at("start", 10**9)
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)  # frameworks greet each process
    tempfile.tempdir = str(folder)  # what a killed process leaves there goes with the folder
    import_module(f"tests.hosts.{HOSTS[case.host].file}").train(life)
    if doom:
        doom.wait()


def renamed(stored: Path, write: Callable[[Path], Any]) -> None:
    """Written aside, then renamed: what stands under the name is whole at any moment."""
    aside = stored.with_stem(stored.stem + "-aside")
    write(aside)
    aside.replace(stored)
