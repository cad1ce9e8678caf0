"""The shares of a cooldown that are asked for, and the price of a cosine to 10%, against the runs that were measured.

Final validation losses of 124M parameters, AdamW, SlimPajama, 0.1M tokens an update, linear cooldown over a share of the run:
Schaipp et al., arXiv 2501.18965; github.com/fabian-sp/lr-scheduling.
"""

import pytest

from stepsize import checks
from stepsize.checks.cooldown import LEAST, MEASURED

SHARES = (0.1, 0.2, 0.4, 0.6, 0.8, 0.9)
LOSSES = {
    (1e-4, 25_000): (3.1882, 3.1888, 3.2014, 3.2219, 3.2487, 3.2657),
    (1e-4, 50_000): (3.0659, 3.0646, 3.0729, 3.0879, 3.1087, 3.1218),
    (5e-4, 15_000): (3.1329, 3.1221, 3.1185, 3.1255, 3.1365, 3.1434),
    (5e-4, 25_000): (3.0607, 3.0495, 3.0443, 3.0474, 3.0564, 3.0626),
    (5e-4, 35_000): (3.0224, 3.0106, 3.0042, 3.0064, 3.0126, 3.0178),
    (5e-4, 50_000): (2.9849, 2.9728, 2.9659, 2.9670, 2.9743, 2.9771),
    (1e-3, 15_000): (3.1200, 3.1050, 3.0945, 3.0974, 3.1039, 3.1092),
    (1e-3, 25_000): (3.0541, 3.0378, 3.0274, 3.0275, 3.0318, 3.0358),
    (1e-3, 35_000): (3.0181, 3.0018, 2.9909, 2.9893, 2.9920, 2.9953),
    (1e-3, 50_000): (2.9825, 2.9660, 2.9548, 2.9529, 2.9550, 2.9580),
    (2e-3, 15_000): (3.1276, 3.1076, 3.0953, 3.0913, 3.0957, 3.0968),
    (2e-3, 25_000): (3.0645, 3.0431, 3.0272, 3.0234, 3.0238, 3.0290),
    (2e-3, 35_000): (3.0295, 3.0078, 2.9911, 2.9859, 2.9864, 2.9884),
    (2e-3, 50_000): (2.9954, 2.9742, 2.9579, 2.9513, 2.9523, 2.9532),
}  # fmt: skip
ENOUGH = 0.01  # above the best loss
TO_ZERO_TO_TENTH = {
    (1e-4, 25_000): (3.2825, 3.2674), (1e-4, 50_000): (3.1341, 3.1250), (5e-4, 25_000): (3.0727, 3.0713), (5e-4, 50_000): (2.9824, 2.9903),
    (1e-3, 25_000): (3.0459, 3.0526), (1e-3, 50_000): (2.9635, 2.9819), (2e-3, 25_000): (3.0349, 3.0505), (2e-3, 50_000): (2.9534, 2.9911),
}  # fmt: skip


@pytest.mark.parametrize(("peak", "steps"), LOSSES)
def test_the_least_share_is_the_smallest_that_was_enough_at_every_length(peak, steps):
    least = next(share for above, share in LEAST if peak >= above)
    enough = [
        share
        for k, share in enumerate(SHARES)
        if all(row[k] - min(row) <= ENOUGH for (other, _), row in LOSSES.items() if other == peak)
    ]
    assert least == min(enough)


def test_what_a_tenth_of_the_run_costs_is_what_the_rule_says():
    cost = {key: row[0] - min(row) for key, row in LOSSES.items()}
    high = [value for (peak, _), value in cost.items() if peak >= 5e-4]
    low = [value for (peak, _), value in cost.items() if peak == 1e-4]
    said = f"cost {min(high):.3f} to {max(high):.3f} in loss at peaks of 5e-4 to 2e-3, and at most {max(low):.4f} at 1e-4"
    assert said in checks.RULES["cooldown-short"].why


def test_what_a_cosine_to_a_tenth_costs_is_what_the_rule_says():
    cost = {key: tenth - zero for key, (zero, tenth) in TO_ZERO_TO_TENTH.items()}
    long = [f"{cost[peak, 50_000]:.3f}" for peak in (5e-4, 1e-3, 2e-3)]
    assert f"{long[0]}, {long[1]} and {long[2]} lower" in checks.RULES["cosine-to-tenth"].why
    assert f"{-cost[5e-4, 25_000]:.3f} higher at 5e-4 in 25,000" in checks.RULES["cosine-to-tenth"].why
    assert min(peak for peak, steps in cost if steps == 50_000 and cost[peak, steps] > 0) == MEASURED
