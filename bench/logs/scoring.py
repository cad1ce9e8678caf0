"""All logs of a folder, read and identified by stepsize, each held against its truth."""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from bench.logs.judged import Against, Judged
from stepsize.errors import ScheduleError
from stepsize.logs import identify, read


@dataclass
class Result:
    """One log: what is true, how each phase was judged, and what else was said; ``failed`` where nothing was."""

    truth: dict[str, Any]
    judged: list[Judged] = field(default_factory=list)
    suspicions: tuple[str, ...] = ()
    peers: tuple[tuple[str, float], ...] = ()
    fits: float = 0.0  # what the worst of a peer may be, by the rounding of the log
    seconds: float = 0.0
    failed: str = ""
    said: str = ""

    @property
    def counted(self) -> list[Judged]:
        """The phases that count."""
        return [one for one in self.judged if one.counted]

    @property
    def counts(self) -> bool:
        """Whether it has a phase that counts."""
        return any(phase["points"] >= 8 and not phase.get("cut") for phase in self.truth["phases"])

    @property
    def right(self) -> bool:
        """Whether all of them are right."""
        return not self.failed and not any(one.wrong for one in self.counted)

    @property
    def strict(self) -> bool:
        """The same without allowance at jumps."""
        return not self.failed and all(one.strict for one in self.counted)


def score(folder: Path, jobs: int = 1, first: int | None = None) -> list[Result]:
    """The logs of ``truth.jsonl``, all or the first ones; ``jobs`` processes share them."""
    lines = (folder / "truth.jsonl").read_text().splitlines()[:first]
    work = [(folder, json.loads(line)) for line in lines]
    with get_context("spawn").Pool(jobs) as pool:
        return list(_told(pool.imap(_one, work, chunksize=4), len(work)))


def _one(work: tuple[Path, dict[str, Any]]) -> Result:
    return one(*work)


def _told(results: Iterable[Result], of: int) -> Iterator[Result]:
    """Say now and then how far it is."""
    began = perf_counter()
    for k, result in enumerate(results, start=1):
        if k % 100 == 0:
            print(
                f"{k} of {of} logs identified in {perf_counter() - began:.0f} s", file=sys.stderr, flush=True
            )
        yield result


def one(folder: Path, truth: dict[str, Any]) -> Result:
    """One log. Whatever goes wrong is a failure, and a traceback is one that is named as such."""
    began = perf_counter()
    try:
        trace = read(folder / truth["log"])
        found = identify(trace)
        seconds = perf_counter() - began
        judged = Against(truth, found, np.unique(trace.steps)).judge()
    except ScheduleError as error:
        return Result(truth, failed=f"refused: {error}", seconds=perf_counter() - began)
    except Exception as error:
        return Result(truth, failed=f"{type(error).__name__}: {error}", seconds=perf_counter() - began)
    return Result(
        truth,
        judged,
        tuple(sorted({suspicion.kind for suspicion in found.suspicions})),
        tuple((peer.library, peer.worst) for peer in found.peers),
        max(found.rounding, found.residual),
        seconds,
        said=f"{found.schedule}, offset {found.offset}",
    )
