"""MaxText, from the source's behaviour, in float64: pieces that are joined at boundaries, as optax joins them."""

import math

import pytest

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, RATES
from tests.twins.whole import agree

create = twins.maxtext.create_learning_rate_schedule


def applied(lr, updates, steps, total, warm, final, kind, decay, style):
    """The rate of each update."""
    end, w, d = lr * final, int(total * warm), int(total * decay)
    pieces, boundaries = [], []

    def cosine(n):
        def rate(s):
            a = 0.5 * (math.cos(math.pi * (s / (n - 1) if n > 1 else 1.0)) + 1)
            return lr * a + end * (1 - a)

        return rate

    def straight(first, last, n):
        return lambda s: first + (last - first) * min(s / n, 1.0) if n > 0 else first

    if w > 0:
        pieces.append(straight(0.0, lr, w))
        boundaries.append(w)
    if kind == "cosine":
        if total > w:
            pieces.append(cosine(total - w))
            boundaries.append(total)
    else:
        if total - w - d > 0:
            pieces.append(lambda s: lr)
            boundaries.append(total - d)
        if d > 0:
            pieces.append(straight(lr, end, d - 1) if style == "linear" else cosine(d))
            boundaries.append(total)
    if steps > total:
        pieces.append(lambda s: 0.0)
        boundaries.append(total)
    rates = []
    for t in range(updates):
        rate = pieces[0](t)
        for boundary, piece in zip(boundaries, pieces[1:], strict=False):
            if t >= boundary:
                rate = piece(t - boundary)
        rates.append(rate)
    return rates


@pytest.mark.parametrize("total", LENGTHS)
@pytest.mark.parametrize("lr", RATES)
@pytest.mark.parametrize(("kind", "style"), [("cosine", "linear"), ("wsd", "linear"), ("wsd", "cosine")])
def test_schedules(total, lr, kind, style):
    """With a tail of zeros and without, and cut short."""
    for warm in (0.05,) if total > 100 else (0.0, 0.1, 0.5, 1.0):
        for decay in (0.2,) if total > 100 else (0.0, 0.1, 0.4, 1.0):
            for steps in {total, total + 5, max(1, total // 2)}:
                if kind == "wsd" and warm + decay > 1.0:
                    continue
                theirs = applied(lr, steps, steps, total, warm, 0.1, kind, decay, style)
                ours = create(lr, steps=steps, learning_rate_schedule_steps=total, warmup_steps_fraction=warm,
                              lr_schedule_type=kind, wsd_decay_steps_fraction=decay, wsd_decay_style=style)  # fmt: skip
                agree(ours, theirs)


def test_live_pieces_of_optax():
    """The join is theirs: the same pieces from optax."""
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")
    pieces = [
        optax.linear_schedule(0.0, 0.3, 10),
        optax.constant_schedule(0.3),
        optax.linear_schedule(0.3, 0.03, 19),
    ]
    theirs = optax.join_schedules(pieces, [10, 80])
    with jax.enable_x64(True):
        rates = theirs(jax.numpy.arange(110))
        agree(create(0.3, steps=100, lr_schedule_type="wsd", wsd_decay_steps_fraction=0.2), rates)


def test_printed_rates():
    """Peak 1, 10 updates of warmup, 100 updates, minimum 0.1; theirs then rises, or is zero where the run goes on."""
    s = create(1.0, steps=100)
    printed = [0.0, 0.1, 0.9, 1.0, 0.10028, 0.1]
    assert [s(t) for t in (0, 1, 9, 10, 98, 99)] == pytest.approx(printed, abs=5e-6)
    assert s(100) == s(110) == 0.1
    assert create(1.0, steps=120, learning_rate_schedule_steps=100)(110) == 0.0


def test_one_update_of_fall():
    """A linear fall of one update stays at the peak; a cosine is at the minimum."""
    given = {"steps": 10, "warmup_steps_fraction": 0.0, "lr_schedule_type": "wsd"}
    assert create(1.0, **given)(9) == 1.0
    assert create(1.0, wsd_decay_style="cosine", **given)(9) == 0.1


def test_either_length_stands_for_both():
    assert create(1.0, steps=50) == create(1.0, steps=-1, learning_rate_schedule_steps=50)


REFUSED = [
    ({"lr_schedule_type": "wsd", "warmup_steps_fraction": 0.6, "wsd_decay_steps_fraction": 0.5},
     "wsd_decay_steps_fraction: must not exceed 1 together"),
    ({"lr_schedule_type": "linear"}, "lr_schedule_type: must be one of cosine, wsd"),
    ({"wsd_decay_style": "sqrt"}, "wsd_decay_style: must be one of linear, cosine"),
    ({"warmup_steps_fraction": 1.5}, r"warmup_steps_fraction: must be in \[0, 1\]"),
    ({"steps": 0}, "steps: must be a whole number >= 1; got 0"),
    ({"steps": -1}, "steps: must be given"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "rule"), REFUSED)
def test_refuses(given, rule):
    with pytest.raises(ss.ScheduleError, match=rf"^twins\.maxtext\.create_learning_rate_schedule\.{rule}"):
        create(0.1, **given)
