"""The bench of ``identify``: at least 2,000 logs of real libraries, and how many of them are understood."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.logs import tables
from bench.logs.kinds import family
from bench.logs.scoring import Result, score

COUNT = 2400
SEED = 20262
IDENTIFIED, NAMED = 0.98, 0.95  # the targets


def report(results: list[Result], most: int = 25) -> list[str]:
    """Print all tables, and return what missed its target."""
    counted = [result for result in results if result.counts]
    tables.grouped("way", counted, lambda result: str(result.truth["by"]))
    tables.grouped("rounding", counted, tables.of_rounding)
    tables.grouped("interval of the log", counted, tables.of_every)
    tables.grouped("fault", counted, lambda result: " + ".join(result.truth["faults"]) or "honest")
    judged = [one for result in results for one in result.judged]
    tables.families([one for one in judged if one.counted])
    tables.intervals(judged)
    tables.peers(results)
    tables.times(results)
    tables.failures(results, most)
    hits, of = tables.faults(results)
    print("\nin short")
    tables.share("read and identified without an error", (not result.failed for result in results))
    for name in sorted({family(one.phase["kind"]) for one in judged if one.counted}):
        mine = (one for one in judged if one.counted and family(one.phase["kind"]) == name)
        tables.share(f"phases right: {name}", (not one.wrong for one in mine))
    tables.share("logs identified, nothing allowed at jumps", (result.strict for result in counted))
    right, logs = tables.share(
        f"logs identified, target {IDENTIFIED:.0%}", (result.right for result in counted)
    )
    missed = [] if right >= IDENTIFIED * logs else ["logs identified"]
    tables.share(f"faults named, target {NAMED:.0%}", [True] * hits + [False] * (of - hits))
    return missed if hits >= NAMED * of else [*missed, "faults named"]


def main(count: int = COUNT, seed: int = SEED, jobs: int = 1) -> None:
    """Make a fresh corpus, score it, look at the real logs; exit with code 1 where a target is missed."""
    from bench.logs import corpus, real

    with TemporaryDirectory() as folder:
        corpus.make(Path(folder), count, seed)
        missed = report(score(Path(folder), jobs))
    real.main()
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")
