"""What a rule is: one small function with a stable code, and why it is asked."""

from collections.abc import Callable, Iterator
from inspect import cleandoc
from typing import NamedTuple

from stepsize._accept import Number
from stepsize._value import Value
from stepsize.checks.case import Case
from stepsize.schedule import Schedule


class Found(NamedTuple):
    """What a rule has found in one case; what it leaves out is as its rule has it.

    Attributes:
        what: one sentence with its numbers.
        at: the position where it is.
        severity: where it is not that of the rule.
        mend: a schedule that may mend it.
    """

    what: str
    at: Number | None = None
    severity: str | None = None
    mend: Schedule | None = None


Judge = Callable[[Case], Iterator[Found]]


class Rule(Value):
    """One rule.

    Args:
        code: its stable name, such as "warmup-short".
        severity: "note", "warning" or "error", unless a finding says otherwise.
        says: when it fires, in words.
        why: why it matters, one or two sentences.
        source: who says so.
        remedy: what to do.
        asks: the facts without which it is silent, as the arguments of a Training are called; "run" is its length.
        hears: further facts, with which it says more.
        judge: finds what there is to find in a case.
    """

    code: str
    severity: str
    says: str
    why: str
    source: str
    remedy: str
    asks: tuple[str, ...]
    hears: tuple[str, ...]
    judge: Judge

    def silent(self, case: Case) -> bool:
        """Whether a fact that it cannot do without is not told."""
        return not all(case.knows(fact) for fact in self.asks)

    def lacks(self, case: Case) -> tuple[str, ...]:
        """The facts that it could use and the case does not tell."""
        return tuple(fact for fact in (*self.asks, *self.hears) if not case.knows(fact))


def rule(
    code: str,
    severity: str,
    *,
    why: str,
    source: str,
    remedy: str,
    asks: tuple[str, ...] = (),
    hears: tuple[str, ...] = (),
) -> Callable[[Judge], Rule]:
    """Make a rule of a function, whose docstring says when it fires."""

    def made(judge: Judge) -> Rule:
        says = " ".join(cleandoc(judge.__doc__ or "").split())
        return Rule(code, severity, says, why, source, remedy, asks, hears, judge)

    return made
