"""docs/peers.md is what docs/peers.py writes, and every twin says all that the page needs."""

import runpy
from pathlib import Path

import pytest

from stepsize.twins._names import PEERS

ROOT = Path(__file__).parents[2]
PAGE = runpy.run_path(str(ROOT / "docs" / "peers.py"))


def test_the_page_is_up_to_date():
    assert (ROOT / "docs" / "peers.md").read_text() == PAGE["page"](), "run: python docs/peers.py"


@pytest.mark.parametrize("peer", PEERS)
def test_every_twin_says_its_conventions_and_its_source(peer):
    twins = PAGE["twins_of"](peer)
    assert twins
    for twin in twins:
        assert twin.summary.endswith("."), twin.names
        assert twin.sections.get("Source"), twin.names
        assert twin.sections.get("Raises"), twin.names
        assert twin.sections.get("Checked") in ("live", "from the formula"), twin.names
