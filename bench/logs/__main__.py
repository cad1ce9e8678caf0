"""The command of this package; ``bench/logs/__init__.py`` says how it is called."""

import argparse
import sys
from pathlib import Path


def main() -> None:
    """Make a corpus, score one, or both and the real logs."""
    parser = argparse.ArgumentParser(prog="python -m bench.logs", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1, help="processes that identify")
    commands = parser.add_subparsers(dest="command")
    make = commands.add_parser("make", help="write logs and truth.jsonl into a folder")
    make.add_argument("folder", type=Path)
    make.add_argument("--count", type=int, default=2400)
    make.add_argument("--seed", type=int, default=1)
    make.add_argument("--only", metavar="WAY", help="such as torch, transformers or trainer")
    score = commands.add_parser(
        "score", help="identify the logs of a folder, and hold what comes against the truth"
    )
    score.add_argument("folder", type=Path)
    score.add_argument("--failures", type=int, default=25, help="how many are shown")
    score.add_argument("--first", type=int, help="only so many logs")
    commands.add_parser("real", help="only the real logs under STEPSIZE_CURVES")
    run(parser.parse_args())


def run(told: argparse.Namespace) -> None:
    """Do what was told. What a part needs is imported when it is asked for: the score drives no library."""
    if told.command == "make":
        from bench.logs import corpus

        corpus.make(told.folder, told.count, told.seed, told.only)
    elif told.command == "score":
        from bench.logs import identification, scoring

        sys.exit(
            ", ".join(identification.report(scoring.score(told.folder, told.jobs, told.first), told.failures))
        )
    elif told.command == "real":
        from bench.logs import real

        real.main()
    else:
        from bench.logs import identification

        identification.main(jobs=told.jobs)


if __name__ == "__main__":  # the processes that identify import this file, too
    main()
