"""Paired tests, Holm's correction, seeds that settle, and power: against SciPy's own tests and a simulation."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_rel

from stepsize.lab.power import detectable, holm, p_value, settled_by


def test_p_is_that_of_a_paired_t_test():
    draw = np.random.default_rng(0)
    for many in (2, 3, 7, 30):
        a, b = draw.normal(size=(2, many))
        d = a - b
        assert p_value(d.mean(), d.std(ddof=1), many) == pytest.approx(ttest_rel(a, b).pvalue, rel=1e-9)
    assert p_value(1.0, 0.0, 3) == 0.0
    assert p_value(0.0, 0.0, 3) == p_value(1.0, 1.0, 1) == 1.0


def test_holm_keeps_the_share_of_races_with_a_false_verdict_at_5_percent():
    """Five schedules that are all the same as the first: one race in twenty may say otherwise."""
    draw, wrong = np.random.default_rng(1), 0
    for _ in range(2000):
        d = draw.normal(size=(5, 6))
        p = [p_value(one.mean(), one.std(ddof=1), 6) for one in d]
        wrong += min(holm(p)) < 0.05
    assert 0.025 < wrong / 2000 < 0.06
    assert holm([0.5, 0.001, 0.02]) == pytest.approx([0.5, 0.003, 0.04])
    assert holm([]) == []


def test_so_many_seeds_settle_it_and_one_fewer_does_not():
    for comparisons in (1, 5):
        many = settled_by(0.3, 0.5, comparisons)
        for n, told in ((many, True), (many - 1, False)):
            values = np.linspace(-1, 1, n)
            values = 0.3 + 0.5 * (values - values.mean()) / values.std(ddof=1)
            assert (ttest_1samp(values, 0).pvalue < 0.05 / comparisons) == told
    assert settled_by(1e-9, 1.0, 1) is None


@pytest.mark.parametrize(("seeds", "comparisons"), [(3, 1), (5, 5), (20, 2)])
def test_power_is_what_a_simulation_finds(seeds, comparisons):
    size, draw = detectable(seeds, comparisons), np.random.default_rng(2)
    d = draw.normal(size, 1, (20_000, seeds))
    found = ttest_1samp(d, 0, axis=1).pvalue < 0.05 / comparisons
    assert found.mean() == pytest.approx(0.8, abs=0.012)
    assert detectable(1, 1) == float("inf")
