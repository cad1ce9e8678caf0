"""Every law against its formula as a plain loop; its derivatives against differences; groups against the exact sum."""

import numpy as np
import pytest

from stepsize.errors import ScheduleError
from stepsize.laws import EffectiveRate, Law
from stepsize.laws.fitting import FORMS
from stepsize.laws.forms import Options
from stepsize.laws.path import path
from tests.laws.plainly import LAWS, VALUES, rates

WARMUP = 50
AT = [60, 200, 599]
every_law = pytest.mark.parametrize("name", LAWS)


def law(name, **options):
    return Law(FORMS[name], VALUES[name], Options(memory=100.0, **options))


@every_law
@pytest.mark.parametrize("kind", ["held", "cosine", "cooled"])
@pytest.mark.parametrize("counted", [False, True])
def test_a_law_is_its_formula(name, kind, counted):
    eta = rates(kind=kind)
    rise = int(eta.argmax())
    told = law(name, groups=None, counts_warmup=counted).predict(eta, at=AT)
    plain = [LAWS[name](eta, t, **VALUES[name], warmup=rise, memory=100.0, counted=counted) for t in AT]
    assert told == pytest.approx(
        plain, rel=1e-10 if name != "convex" else 1e-4
    )  # whose far sums are in blocks


@every_law
def test_its_derivatives_are_those_of_its_losses(name):
    form, own = FORMS[name], path(rates(), WARMUP)
    seen = form.prepare(own, np.array(AT), Options(memory=100.0))
    x = np.log(list(VALUES[name].values()))
    assert list(VALUES[name]) == list(form.parameters)
    slopes = form.slopes(seen, tuple(np.exp(x)))
    for k in range(len(x)):
        step = 1e-6 * np.eye(len(x))[k]
        up, down = (form.losses(seen, tuple(np.exp(x + sign * step))) for sign in (1, -1))
        assert slopes[:, k] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("name", ["multi_power", "functional"])
@pytest.mark.parametrize("kind", ["cosine", "cooled"])
def test_groups_of_drops_change_little(name, kind):
    eta = rates(20_000, 1000, kind=kind)
    at = np.arange(2000, 20_000, 500)
    whole, groups = (law(name, groups=many).predict(eta, at=at) for many in (None, 768))
    assert groups == pytest.approx(whole, rel=1e-5)


def test_blocks_of_the_bound_change_little():
    eta = rates(5000, 100, kind="cooled")
    from stepsize.laws.convex import terms

    fast, exact = (terms(eta, np.array([300, 2000, 4900]), exact=exact) for exact in (False, True))
    for one, other in zip(fast, exact, strict=True):
        assert one == pytest.approx(other, rel=2e-4)


def test_the_effective_rate_is_the_recurrence():
    eta, n, found = rates(400, 40, peak=0.02), 1e-3, []
    for one in eta:
        found.append(one / n**0.5)
        n = (1 - one * 0.1) ** 2 * n + one**2
    assert EffectiveRate(0.1, 1e-3)(eta) == pytest.approx(np.array(found), rel=1e-12)


def test_a_long_effective_rate_stays_finite():
    """The product of what is left underflows long before the end."""
    found = EffectiveRate(0.5, 1e-3)(np.full(30_000, 0.2))
    assert found[-1] == pytest.approx(0.2 / (0.04 / (1 - 0.9**2)) ** 0.5, rel=1e-9)


@pytest.mark.parametrize(
    ("decay", "n0", "what"), [(-1, 1e-3, "weight_decay"), (2, 1e-3, "weight_decay"), (0.1, 0, "n0")]
)
def test_an_effective_rate_that_is_none(decay, n0, what):
    with pytest.raises(ScheduleError, match=rf"^EffectiveRate\.{what}: must be"):
        EffectiveRate(decay, n0)


def test_the_same_rates_in_other_words():
    import stepsize as ss

    s = ss.warmup_cosine(3e-4, 600, warmup=50)
    told = law("multi_power")
    assert told.predict(s) == pytest.approx(told.predict(s(np.arange(600))))
    assert told.predict(s, 300, [299]) == pytest.approx(told.predict(s(np.arange(300)))[-1:])
    with pytest.raises(ScheduleError, match=r"^predict: a schedule without an end needs steps"):
        told.predict(ss.hold(3e-4))
    with pytest.raises(ScheduleError, match=r"^predict: steps must be in 0 \.\. 599"):
        told.predict(s, at=[600])
