"""The same words in every library, "warm up 10, then cosine to 0.1 over 100": as each would be told, and gives it.

Each call is written as its users would write it, a spelling that can be typed: ``twin:torch.SequentialLR(...)``.
"""

import re
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

from stepsize import _accept, _length
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, linear, ramp
from stepsize.spelling import parse

_ALL = 100_000  # updates of a run that are all compared
_NUMBER = r"(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?[kMBT]?"
_UPDATES = r"(?:\s*(?:steps|updates)\b)"
_BETWEEN = re.compile(r"[\s,;.]*(?:\b(?:and|then)\b[\s,]*)*")
_PARTS = {  # each begins where the one before ended, and what stands between
    "warmup": rf"(?:linear\s+)?warm(?:\s*up|-up)?\s*(?:for|over|in|=)?\s*({_NUMBER}){_UPDATES}?",
    "decay": rf"(cosine|linear)(?:\s+decay)?(?:\s+(?:down\s+)?to\s+({_NUMBER}))?",
    "peak": rf"(?:with\s+)?(?:a\s+)?(?:peak|lr)\s*(?:of|=)?\s*({_NUMBER})",
    "steps": rf"(?:(?:over|in|of|total)\s*({_NUMBER}){_UPDATES}?|({_NUMBER}){_UPDATES})",
}
_FORM = '"warmup 10, cosine to 0.1, 100 steps", with "linear" for "cosine" and "peak 3e-4" where you like'


class Words(NamedTuple):
    """A linear warmup from 0 to the peak, and a decay to the end, over so many updates in all."""

    warmup: int
    steps: int
    decay: str = "cosine"
    end: float = 0.0
    peak: float = 1.0

    def __str__(self) -> str:
        return (
            f"warmup {self.warmup:,}, {self.decay} from {self.peak:g} to {self.end:g}, {self.steps:,} steps"
        )

    def plain(self) -> Schedule:
        """What the words say in stepsize."""
        rise = linear(0.0, self.peak, self.warmup)
        return rise >> ramp(self.peak, self.end, self.steps - self.warmup, self.decay)

    def places(self) -> list[int]:
        """The updates at which libraries differ: the first ones, those at the peak, and the last ones."""
        w, n = self.warmup, self.steps
        return sorted({0, 1, max(w - 1, 0), w, max(n - 2, 0), n - 1})

    def farthest(self, s: Schedule) -> float:
        """How far a schedule gets from the words in the run, as a share of the peak."""
        import numpy as np  # where somebody compares

        at = np.arange(self.steps, dtype=float)
        if self.steps > _ALL:
            near = np.arange(_ALL // 4)
            ends = [
                near,
                near + self.warmup,
                self.steps - 1 - near,
                np.linspace(0, self.steps - 1, _ALL).round(),
            ]
            at = np.unique(np.clip(np.concatenate(ends), 0, self.steps - 1))
        return float(abs(np.asarray(s(at)) - self.plain()(at)).max() / self.peak)


def words(said: Any) -> Words:
    """Read the words: as people say them, or as a spelling of a warmup and a decay.

    Raises:
        ScheduleError: they are not of that form.

    >>> words("warmup 10, cosine to 0.1, 100 steps")
    Words(warmup=10, steps=100, decay='cosine', end=0.1, peak=1.0)
    >>> words("0 -> 3e-4 in 1k; -> 0 linear in 9k")
    Words(warmup=1000, steps=10000, decay='linear', end=0.0, peak=0.0003)
    """
    if not isinstance(said, str) or len(said) > 1000:
        raise ScheduleError(message("words", f"must be of the form {_FORM}", said))
    found = _spoken(said) if "->" not in said else _spelled(said)
    if found.warmup >= found.steps:
        raise ScheduleError(message("words", "the warmup must be shorter than the run", found.warmup))
    _accept.rate("words: peak", found.peak, above=0.0)
    if not 0 <= found.end <= found.peak:
        raise ScheduleError(message("words", f"the end must be in [0, {found.peak:g}]", found.end))
    return found


def _spoken(said: str) -> Words:
    found: dict[str, Any] = {}
    at = 0
    while (at := _after(_BETWEEN, said, at)) < len(said):
        matches = {name: re.compile(form, re.IGNORECASE).match(said, at) for name, form in _PARTS.items()}
        name, match = next(((n, m) for n, m in matches.items() if m and n not in found), ("", None))
        if match is None:
            raise ScheduleError(message("words", f"must be of the form {_FORM}", said[at:]))
        found[name], at = match, match.end()
    for name in ("decay", "steps"):
        if name not in found:
            raise ScheduleError(
                message("words", f"must be of the form {_FORM}", said, f"The {name} is missing.")
            )
    decay, steps = found["decay"], found["steps"]
    return Words(
        warmup=_count(found["warmup"][1]) if "warmup" in found else 0,
        steps=_count(steps[1] or steps[2]),
        decay=decay[1].lower(),
        end=_rate(decay[2]) if decay[2] else 0.0,
        peak=_rate(found["peak"][1]) if "peak" in found else 1.0,
    )


def _after(form: re.Pattern[str], text: str, at: int) -> int:
    match = form.match(text, at)
    return match.end() if match else at


def _spelled(said: str) -> Words:
    s = parse(said)
    phases = [phase for phase in s.phases() if phase.stop > phase.start] if s.length < 2**53 else []
    rising = len(phases) == 2 and phases[0].kind == "linear" and phases[0].first == 0.0
    if s.clock != "steps" or not rising or phases[1].kind not in ("cosine", "linear"):
        rule = "a spelling must be of a linear warmup from 0 and a cosine or linear decay, in updates"
        raise ScheduleError(message("words", rule, said))
    up, down = phases
    ends = [_accept.count("words: length", end) for end in (up.stop, down.stop)]
    return Words(ends[0], ends[1], down.kind, down.last, down.first)


def _count(text: str) -> int:
    return _accept.count("words", _accept.exact(_length.read("words", text).amount))


def _rate(text: str) -> float:
    return float(_accept.exact(_length.read("words", text).amount))


@cache
def _forms() -> dict[str, dict[str, str]]:
    import tomllib
    from pathlib import Path

    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def calls(asked: Words) -> dict[str, str]:
    """What one types in each library, by its name."""
    forms = _forms()
    told = forms[asked.decay] | (
        forms["linear_to_zero"] if asked.decay == "linear" and asked.end == 0 else {}
    )
    w, n, peak, end = asked.warmup, asked.steps, asked.peak, asked.end
    numbers = {
        "P": peak,
        "W": w,
        "T": n,
        "D": n - w,
        "m": end,
        "r": end / peak,
        "w": w / n,
        "F": 1 / max(w, 1),
    }
    return {name: form.format(**numbers) for name, form in told.items()}


def peers_of(asked: Words) -> dict[str, tuple[str, Schedule]]:
    """The call and the schedule of each library; those that refuse it, such as no warmup at all, are left out."""
    made = {}
    for name, call in calls(asked).items():
        with suppress(ScheduleError):
            made[name] = call, parse(call)
    return made
