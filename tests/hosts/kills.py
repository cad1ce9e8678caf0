"""A run that is killed and resumed must be the run that was never stopped. ``python -m tests.hosts.kills 100``

The parent kills a training process with SIGKILL, some random time after it reached a random update, and starts the
next one, until all updates are made. What is asserted does not depend on that time.
"""

import json
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle, product
from pathlib import Path

from stepsize.lab.tasks import find
from tests.hosts.lives import CLOCKS, DRIVES, EVERY, FORKS, MODELS, Case, Doom, live, resume

PLACES = {"start": 0.1, "update": 0.01, "checkpoint": 0.004}  # a kill comes at most so many seconds later
WEIGHTS = [1, 4, 3]


@dataclass(frozen=True)
class Survived:
    """What came of a run: where its lives began and ended, in updates applied, and how many checkpoints were torn."""

    began: tuple[int, ...]
    ended: tuple[int, ...]
    torn: int

    @property
    def again(self) -> int:
        """Updates that were made more than once."""
        return sum(self.ended) - sum(self.began) - self.ended[-1]


def survive(case: Case, kills: int, seed: int) -> Survived:
    """Train under ``kills`` kills, and compare each update of each life with the run that was never stopped.

    Raises:
        AssertionError: an update used another rate or had another loss, or a life went on elsewhere than it should.
    """
    rng = random.Random(seed)
    aims = sorted(rng.sample(range(EVERY, case.updates - 2 * EVERY), kills))
    torn = set()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for life, update in enumerate(aims):
            (place,) = rng.choices(list(PLACES), WEIGHTS)
            kill(case, folder, life, place, update, rng.random() * PLACES[place])
            torn |= {aside.stat().st_mtime_ns for aside in folder.glob("*.aside")}
        complete(case, folder, kills)
        lives = [logged(folder / f"{life}.log") for life in range(kills + 1)]
    compare(lives, whole(replace(case, drive="TorchSchedule", resume=resume)))
    made = [life for life in lives if life]
    began = tuple(life[0][0] for life in made)
    ended = tuple(min(life[-1][0] + 1, case.updates) for life in made)  # the last line of a run is no update
    return Survived(began, ended, len(torn))


def kill(case: Case, folder: Path, life: int, place: str, update: int, delay: float) -> None:
    """Let one process live until ``delay`` seconds after it is at its place."""
    near, far = FORKS.Pipe(duplex=False)
    child = FORKS.Process(target=live, args=(case, folder, life, Doom(place, update, far)), daemon=True)
    child.start()
    far.close()  # the process has its own; were it to end, that would be the end of the pipe
    with near:
        try:
            near.recv()
            time.sleep(delay)
        except EOFError:
            child.join()  # it ended by itself: the exit code below says so
        finally:
            child.kill()
    ended(child, -signal.SIGKILL)


def complete(case: Case, folder: Path, life: int) -> None:
    """Let one process live to the end of the run."""
    child = FORKS.Process(target=live, args=(case, folder, life, None), daemon=True)
    child.start()
    ended(child, 0)


def ended(child, expected: int) -> None:
    child.join()
    assert child.exitcode == expected, f"a training process ended with {child.exitcode}, not {expected}"


def logged(log: Path) -> list[list]:
    """The updates of one life; a line that was torn is none."""
    lines = log.read_text().splitlines(keepends=True) if log.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


@cache
def whole(case: Case) -> list[list]:
    """The run that was never stopped; its rates are those of the schedule, and half of them."""
    with tempfile.TemporaryDirectory() as folder:
        complete(case, Path(folder), 0)
        run = logged(Path(folder) / "0.log")
    rates = [case.schedule(case.after(k)) for k in range(case.updates)]
    assert [entry[:2] for entry in run[:-1]] == [[k, [rate, rate / 2]] for k, rate in enumerate(rates)]
    assert run[-1][:2] == [case.updates, case.updates]  # the position of the schedule
    return run


def compare(lives: Sequence[list[list]], run: list[list]) -> None:
    """Each life begins where an earlier one has been, and is from there on the whole run, bit for bit."""
    reached = 0
    for number, life in enumerate(lives):
        first = life[0][0] if life else 0
        assert first <= reached, f"life {number} begins at update {first}, and there were {reached} before"
        for made, expected in zip(life, run[first:], strict=False):
            assert made == expected, f"life {number} made {made}; the whole run is {expected}"
        reached = max(reached, first + len(life))
    assert reached == len(run), f"all lives made {reached} of {len(run)} updates"


def soak(kills: int, each: int = 5) -> None:
    """Survive ``kills`` kills, ``each`` a run: both models and drivers, all schedules of the race, all clocks but seconds."""
    kinds = product(MODELS, DRIVES, CLOCKS)
    cases = [Case(m, d, recipe, clock) for m, d, clock in kinds for recipe in find(m).schedules]
    random.Random(1).shuffle(cases)
    runs, survived = cycle(cases), []
    for seed in range(0, kills, each):
        case = next(runs)
        survived.append(survive(case, min(each, kills - seed), seed))
        print(
            f"{case.model}, {case.recipe} on {case.clock}, {case.drive}: killed at {survived[-1].ended[:-1]}",
            flush=True,
        )
    again, torn = sum(run.again for run in survived), sum(run.torn for run in survived)
    print(
        f"{kills} kills in {len(survived)} runs of {cases[0].updates} updates, {torn} of them while a checkpoint was written: "
        f"all rates, losses and final weights bit for bit those of runs that were never stopped; {again} updates made again"
    )


if __name__ == "__main__":
    before = time.monotonic()
    soak(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    print(f"{time.monotonic() - before:.0f} s")
