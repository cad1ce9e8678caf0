"""How many twins there are, and how far each library's are from it at worst: python -m tests.twins."""

import sys
from importlib import import_module

import pytest

from stepsize.twins._names import PEERS, names
from tests.twins.driving import WORST


def main() -> int:
    code = pytest.main(["tests/twins", "-q", "-p", "no:cacheprovider"])
    print(f"\n{'library':<16}{'twins':>6}{'names':>7}  {'worst error':<13}of the peak, at")
    total = 0
    for peer in PEERS:
        module = import_module(f"stepsize.twins.{peer}")
        known = names(module.__name__)
        twins = len({getattr(module, name) for name in known})
        total += twins
        error, where = WORST.get(peer, (float("nan"), "not recorded"))
        print(f"{peer:<16}{twins:>6}{len(known):>7}  {error:<13.1e}{where[:90]}")
    print(f"{total} twins of {len(PEERS)} libraries")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
