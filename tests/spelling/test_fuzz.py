"""20,000 mutated spellings; ``make soak`` takes a million."""

import pytest

from tests.spelling.fuzz import fuzz


@pytest.mark.parametrize("seed", range(100, 104))
def test_mutated_spellings_give_a_schedule_or_one_error(seed):
    read, _, _ = fuzz(5000, seed)
    assert read > 250  # the mutations must leave some that can be read
