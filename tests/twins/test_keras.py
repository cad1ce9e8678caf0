"""Keras, live, in 64 bits: our twin gives what its schedules and callbacks do, count for count."""

import keras
import numpy as np
import pytest
from keras.optimizers import schedules as peer

import stepsize as ss
from stepsize.twins import keras as ours
from tests.twins.driving import LENGTHS, RATES
from tests.twins.whole import agree

AFTER = 7

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


@pytest.fixture(autouse=True)
def _in_64_bits():
    before, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy(
        "float64"
    )  # of layers; it is made of floatx once, when it is first asked for
    yield
    keras.config.set_floatx(before)
    keras.config.set_dtype_policy(policy)


def applied(theirs, counts):
    """One count at a time, as an optimizer asks; an array of counts is computed in 32 bits."""
    return [float(theirs(int(k))) for k in counts]


def some(updates, *edges):
    """All updates of a short run; of a long one those around its edges, and some between."""
    near = [
        *range(0, updates, updates // 40 + 1),
        *(k for e in (0, updates - AFTER, *edges) for k in range(int(e) - 3, int(e) + 4)),
    ]
    return sorted({k for k in near if 0 <= k < updates})


def agrees(name, updates, *args, edges=(), **kwargs):
    at = some(updates, *edges)
    agree(getattr(ours, name)(*args, **kwargs), applied(getattr(peer, name)(*args, **kwargs), at), at)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("alpha", [0.0, 0.1, 1.0])
def test_cosine(n, alpha):
    for lr in RATES:
        agrees("CosineDecay", n + AFTER, lr, n, alpha)
        agrees("CosineDecay", n + AFTER, lr, n, alpha, warmup_steps=10)  # left out, for there is no target


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("warmup", [0, 1, 5, 20, 12345])
def test_cosine_after_a_warmup(n, warmup):
    """It takes one count at a time, and of long runs we look at the edges and at some between."""
    agrees("CosineDecay", warmup + n + AFTER, 0.04, n, 0.1, "name", 0.3, warmup, edges=[warmup])


def test_cosine_golden():
    """The row of the table of peers."""
    s = ours.CosineDecay(0.0, 90, 0.1, warmup_target=1.0, warmup_steps=10)
    golden = {0: 0.0, 1: 0.1, 9: 0.9, 10: 1.0, 98: 0.101096, 99: 0.100274, 100: 0.1, 110: 0.1}
    assert {t: round(s(t), 6) for t in golden} == golden


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize(
    ("growth", "shrink"),
    [(1.0, 1.0), (2.0, 1.0), (2.0, 0.5), (1.5, 0.9), (1.0, 1.5), (2.0, 0.0), (3.0, 0.9), (10.0, 1.0)],
)
def test_restarts(n, growth, shrink):
    updates = min(5 * n, 13000) + 2
    agrees_with_restarts(updates, 0.3, n, growth, shrink, 0.1)


def agrees_with_restarts(updates, *args):
    plain = float(args[2]).is_integer() and 0 < args[3] <= 1
    twin = ours.CosineDecayRestarts(*args) if plain else ours.CosineDecayRestarts(*args, steps=updates)
    at = some(updates, *twin[:updates].edges[:30])
    agree(twin, applied(peer.CosineDecayRestarts(*args), at), at)


def test_a_restart_that_theirs_may_miss_in_32_bits():
    """The logarithm that finds the cycle is rounded down on some processors: the first update of it has the minimum."""
    theirs = peer.CosineDecayRestarts(0.3, 10, 7.0, 1.0, 0.1)
    assert theirs(570).item() == pytest.approx(0.3)
    keras.config.set_floatx("float32")
    assert theirs(570).item() in (pytest.approx(0.3), pytest.approx(0.03))
    assert ours.CosineDecayRestarts(0.3, 10, 7.0, 1.0, 0.1)(570) == 0.3


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("end", [0.0, 0.0001, 0.4])
def test_polynomial(n, power, end):
    for lr in RATES:
        agrees("PolynomialDecay", n + AFTER, lr, n, end, power)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_polynomial_cycles(n, power):
    """Also so many that only a table holds them."""
    updates = 7000 if n == 1 else min(3 * n + 2, 13000)
    at = some(updates, n, 2 * n)
    theirs = applied(peer.PolynomialDecay(0.3, n, 0.01, power, True), at)
    agree(ours.PolynomialDecay(0.3, n, 0.01, power, True, steps=updates), theirs, at)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("stairs", [False, True])
@pytest.mark.parametrize("ratio", [0.0, 0.5, 0.96, 1.0, 1.5])
def test_exponential_and_inverse_time(n, stairs, ratio):
    agrees("ExponentialDecay", min(4 * n, 13000) + AFTER, 0.3, n, ratio, stairs, edges=[n, 2 * n, 3 * n])
    agrees("InverseTimeDecay", min(4 * n, 13000) + AFTER, 0.3, n, ratio, stairs, edges=[n, 2 * n, 3 * n])


@pytest.mark.parametrize(
    ("boundaries", "values"),
    [([0], [0.3, 0.04]), ([1, 2], [0.3, 0.1, 0.04]), ([10, 10, 20], [0.3, 0.2, 0.1, 0.0]), ([3.7, 12345], [0.1, 0.3, 0.2])],
)  # fmt: skip
def test_piecewise(boundaries, values):
    agrees("PiecewiseConstantDecay", int(boundaries[-1]) + AFTER, boundaries, values, edges=boundaries)


def of_an_optimizer(rate, updates, epochs=1, callbacks=()):
    """The rates that an optimizer applies: with a gradient of 1 and without anything else, how far the weight goes."""
    model = keras.Sequential([keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(rate), loss=lambda y, p: p)
    places = []
    seen = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda b, logs: places.append(model.get_weights()[0].item())
    )
    model.fit(np.ones((updates, 1)), np.ones((updates, 1)), 1, epochs, 0, [*callbacks, seen], shuffle=False)
    return -np.diff([0.0, *places])


def test_an_optimizer_applies_it():
    args = (0.04, 15, 0.1, "name", 0.3, 5)
    agree(ours.CosineDecay(*args), of_an_optimizer(peer.CosineDecay(*args), 22))


def test_an_optimizer_applies_what_the_callback_sets():
    for n in (1, 3, 10):
        theirs = of_an_optimizer(
            0.3, n, 4, [keras.callbacks.LearningRateScheduler(lambda epoch, lr: lr * 0.5**epoch)]
        )
        agree(
            ours.LearningRateScheduler(lambda e, lr: lr * 0.5**e, lr=0.3, steps=4 * n, updates_per_epoch=n),
            theirs,
        )
    theirs = of_an_optimizer(
        0.3, 3, 4, [keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch))]
    )
    agree(ours.LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch), steps=11, updates_per_epoch=3), theirs)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda m: m.CosineDecay(0.1, 0), r"CosineDecay.decay_steps: must be > 0; got 0"),
        (lambda m: m.CosineDecayRestarts(0.1, 0), r"CosineDecayRestarts.first_decay_steps: must be > 0"),
        (lambda m: m.PolynomialDecay(0.1, 0), r"PolynomialDecay.decay_steps: must be > 0"),
        (lambda m: m.ExponentialDecay(0.1, 0, 0.5), r"ExponentialDecay.decay_steps: must be > 0"),
        (lambda m: m.InverseTimeDecay(0.1, 0, 0.5), r"InverseTimeDecay.decay_steps: must be > 0"),
        (lambda m: m.PiecewiseConstantDecay([1], [0.1]), r"PiecewiseConstantDecay.values: needs one value more"),
        (lambda m: m.PiecewiseConstantDecay([], [0.1])(0), r"PiecewiseConstantDecay.values: needs one value more"),
    ],
)  # fmt: skip
def test_both_refuse(call, said):
    with pytest.raises(ss.ScheduleError, match=r"^twins.keras." + said):
        call(ours)
    with pytest.raises((ValueError, IndexError)):
        call(peer)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ours.PiecewiseConstantDecay([5, 3], [0.3, 0.2, 0.1]), r"PiecewiseConstantDecay.boundaries: must be in order"),
        (lambda: ours.CosineDecayRestarts(0.1, 10, 1.5), r"CosineDecayRestarts.steps: is needed where t_mul is not whole"),
        (lambda: ours.CosineDecayRestarts(0.1, 10, 0.5), r"CosineDecayRestarts.t_mul: must be a finite number >= 1"),
        (lambda: ours.PolynomialDecay(0.1, 10, cycle=True), r"PolynomialDecay.steps: is needed where cycle is set"),
        (lambda: ours.LearningRateScheduler(lambda e: 1, steps=1, updates_per_epoch=1), r"LearningRateScheduler.schedule, epoch 0: must give a float"),
        (lambda: ours.LearningRateScheduler(0.1, steps=1, updates_per_epoch=1), r"LearningRateScheduler.schedule: must be a function"),
        (lambda: ours.ReduceLROnPlateau(), r"ReduceLROnPlateau: the rate answers to a metric.*adaptive.plateau"),
    ],
)  # fmt: skip
def test_ours_refuses(call, said):
    with pytest.raises(ss.ScheduleError, match=r"^twins.keras." + said):
        call()


def test_the_comparison_sees_one_update_of_difference():
    theirs = peer.PiecewiseConstantDecay([100], [0.3, 0.04])
    with pytest.raises(AssertionError, match=r"^update 100: "):
        agree(ours.PiecewiseConstantDecay([99], [0.3, 0.04]), [float(theirs(k)) for k in range(120)])
