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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, cycle, product
from pathlib import Path

from stepsize.lab.tasks import find
from tests.hosts.lives import EVERY, FORKS, HOSTS, Case, sound
from tests.hosts.lives_process import Doom, live

# A kill comes at most so many seconds later, and mostly much sooner: an update takes 0.1 ms in one host, 10 ms in another.
PLACES = {"start": 0.2, "update": 0.03, "checkpoint": 0.03}
WEIGHTS = [1, 4, 3]


@dataclass(frozen=True)
class Survived:
    """What came of a run: how many kills, and checkpoints that were torn, and where lives with updates began and ended."""

    kills: int
    torn: int
    began: tuple[int, ...]
    ended: tuple[int, ...]

    @property
    def updates(self) -> int:
        return self.ended[-1]

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
    torn = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for life, update in enumerate(aims):
            (place,) = rng.choices(list(PLACES), WEIGHTS if life else [0, *WEIGHTS[1:]])
            kill(case, folder, life, place, update, PLACES[place] * 0.003 ** rng.random())
            torn += was_saving(folder)
        complete(case, folder, kills)
        lives = [logged(folder / f"{life}.log") for life in range(kills + 1)]
    compare(lives, whole(untroubled(case)))
    made = [life for life in lives if life]
    began = tuple(life[0][0] for life in made)
    ended = tuple(min(life[-1][0] + 1, case.updates) for life in made)  # the last line of a run is no update
    return Survived(kills, torn, began, ended)


def was_saving(folder: Path) -> bool:
    """Whether the process died while it wrote a checkpoint; then the sign of it is taken away."""
    sign = folder / "saving"
    found = sign.exists()
    sign.unlink(missing_ok=True)
    return found


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


def untroubled(case: Case) -> Case:
    """The case without its fault; both drives of torch must make the same run."""
    return replace(case, fault=sound, host="TorchSchedule" if case.host == "attach" else case.host)


@cache
def whole(case: Case) -> list[list]:
    """The run that was never stopped; its rates are those of the schedule, in each group."""
    with tempfile.TemporaryDirectory() as folder:
        complete(case, Path(folder), 0)
        run = logged(Path(folder) / "0.log")
    precision = HOSTS[case.host].precision
    for k, (update, rates, _) in enumerate(run[:-1]):
        pairs = zip(rates, case.rates(k), strict=True)
        assert update == k
        assert all(abs(rate - s) <= precision * s for rate, s in pairs), f"update {k} used {rates}"
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


def soak(kills: int) -> None:
    """Survive ``kills`` kills, up to four a run: the hosts by turns, and each of them on all that it can train."""
    each = max(1, min(4, kills // len(HOSTS)))
    found, runs, hosts = {host: cases(host) for host in HOSTS}, {host: [] for host in HOSTS}, cycle(HOSTS)
    for seed in range(0, kills, each):
        case = next(found[next(hosts)])
        run = survive(case, min(each, kills - seed), seed)
        runs[case.host].append(run)
        what = f"{case.host}: {case.model}, {case.recipe} on {case.clock}"
        print(f"{what}, {case.updates} updates, killed at {run.ended[:-1]}", flush=True)
    print(*table(runs), sep="\n")


def cases(host: str) -> Iterator[Case]:
    """All that a host can train, its models by turns, in a random order that is always the same, again and again."""
    rng, each = random.Random(host), []
    for model in HOSTS[host].models:
        recipes = find(model).schedules.keys() - {"constant"}  # which looks right at any position
        kinds = [
            Case(host, model, recipe, clock) for recipe, clock in product(sorted(recipes), HOSTS[host].clocks)
        ]
        each.append(rng.sample(kinds, len(kinds)))
    return cycle(chain.from_iterable(zip(*each, strict=True)))


def table(runs: dict[str, list[Survived]]) -> Iterator[str]:
    """What each host has survived; a run of which anything were not bit for bit would have ended this."""
    counts = ("kills", "torn", "updates", "again")
    yield row("host", counts, ("rates", "losses", "weights"))
    for host, made in runs.items():
        if made:
            sums = [sum(getattr(run, name) for run in made) for name in counts]
            yield row(host, sums, ["bit for bit"] * 3)
    yield "torn: while a checkpoint was written; again: updates that were made more than once"


def row(host: str, counts: Iterable, compared: Iterable[str]) -> str:
    """A line of the table."""
    cells = [f"{host:14}", *(f"{count:>8}" for count in counts), "  ", *(f"{what:13}" for what in compared)]
    return "".join(cells).rstrip()


if __name__ == "__main__":
    before = time.monotonic()
    soak(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    print(f"{time.monotonic() - before:.0f} s")
