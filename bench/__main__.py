"""All benches, one after the other: python -m bench."""

import sys

from bench import accuracy, speed, startup


def main() -> None:
    """Run them all, and fail at the end where any missed a budget."""
    missed = []
    for bench in (startup, speed, accuracy):
        name = bench.__name__
        print(f"\n$ python -m {name}", flush=True)
        try:
            bench.main()
        except SystemExit as exit_:
            missed += [f"{name}: {exit_.code}"] if exit_.code else []
    sys.exit("\n".join(missed) if missed else 0)


main()
