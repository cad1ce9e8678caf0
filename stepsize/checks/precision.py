"""What floating point cannot hold: an update of the weights, or the number of an update."""

from collections.abc import Iterator

from stepsize.checks import after_the_end
from stepsize.checks.case import Case
from stepsize.checks.rule import Found, rule
from stepsize.schedule.words import rate

DIGITS = {"float32": 24, "float16": 11, "bfloat16": 8}  # binary digits of a number
_IN_32_BITS = ("optax", "keras", "levanter", "maxtext")  # what computes its rates in float32
COUNTED = 2**24  # float32 holds each whole number up to here
_WEIGHT = 2.0**-6  # weights of about 0.02, with which most layers begin, lie between this and its double


@rule(
    "update-lost",
    "warning",
    why="An update of Adam is about as large as the rate. Added to a weight of 0.02 in so few digits, one "
    "of less than half of their spacing is rounded away, and the weight never moves.",
    source="Zamirai et al., Revisiting BFloat16 Training, arXiv 2010.06192; the weights of 0.02 are those "
    "with which GPT-2 and BERT begin",
    remedy="Keep a float32 copy of the weights, or round at random.",
    asks=("optimizer", "precision"),
)
def update_lost(case: Case) -> Iterator[Found]:
    """With an Adam, the peak is below half the spacing of weights of 0.02: 6.1e-5 in bfloat16, 7.6e-6 in float16,
    9.3e-10 in float32.
    """
    digits = DIGITS.get(case.training.precision or "")
    if not case.adam or digits is None or case.multiplies or case.peak <= 0:
        return
    half = _WEIGHT * 2.0**-digits
    if case.peak < half:
        lose = f"Weights of 0.02 in {case.training.precision} lose updates below {rate(half, 2)}"
        what = f"{lose}; the peak is {case.shown(case.peak)}."
        yield Found(what, case.highest.at)


@rule(
    "step-in-float32",
    "warning",
    why="float32 holds each whole number up to 16,777,216 and not beyond: a schedule that is computed in "
    "it moves in jerks from there on, and one that counts in it stands still.",
    source="IEEE 754; optax and Keras compute their rates in float32: docs/peers.md",
    remedy="Compute the rates in Python numbers: every schedule of stepsize does, also under JAX.",
    asks=("run",),
)
def step_in_float32(case: Case) -> Iterator[Found]:
    """The run has more than 2^24 updates, and the twin's library computes in float32."""
    name = after_the_end.name_of(case.twin) if case.twin else None
    run = case.told and case.updates(case.told)
    if name and name[0] in _IN_32_BITS and run and run > COUNTED:
        what = f"The run has {run:,.0f} updates; {name[0]} computes in float32, which counts to {COUNTED:,}."
        yield Found(what, COUNTED * (case.update or 1))
