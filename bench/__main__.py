"""All benches, one after the other: python -m bench."""

import sys
from importlib import import_module


def main() -> None:
    """Run them all, and fail at the end where any missed a budget."""
    missed = []
    for name in ("bench.startup", "bench.speed", "bench.hosts", "bench.accuracy", "bench.lab"):
        print(f"\n$ python -m {name}", flush=True)
        try:
            # Only now: with all frameworks loaded, what is measured before would be disturbed.
            import_module(name).main()
        except SystemExit as exit_:
            missed += [f"{name}: {exit_.code}"] if exit_.code else []
    sys.exit("\n".join(missed) if missed else 0)


main()
