"""What holds for the logs of each way to drive a schedule: lengths, faults that fit it, how its rows count."""

from dataclasses import dataclass

from bench.logs.faults import KINDS, LONG, RESTARTED, TWICE


@dataclass(frozen=True)
class Way:
    """``share`` of the corpus; ``base`` and ``rest``: its rows are those n of update n - base, n % every == rest."""

    share: float
    longest: int = 60_000
    faults: tuple[str, ...] = KINDS
    base: int | None = None  # either
    last_of_every: bool = False  # rows n with n % every == every - 1, not 0
    full: bool = False  # all digits
    resumes: bool = True
    repeats: bool = True  # after a resume, rows that were already written come again


WAYS = {
    "torch": Way(0.28),
    "transformers": Way(0.22),
    "optax": Way(0.16),
    "keras": Way(0.094),
    "timm": Way(0.12),
    "accelerate": Way(0.06, longest=4000),
    "trainer": Way(0.035, longest=240, faults=(TWICE, RESTARTED, LONG), base=1, full=True, repeats=False),
    "keras_fit": Way(0.006, longest=120, faults=(LONG,), base=0, full=True, resumes=False),
    "lightning": Way(
        0.025, longest=300, faults=(TWICE, LONG), base=0, last_of_every=True, full=True, resumes=False
    ),
}
