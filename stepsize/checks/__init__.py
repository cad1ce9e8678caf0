"""Is this the schedule you meant? Rules over a schedule and what is known of its run.

Each rule is one small function with a stable code, a reason and a source; ``docs/checks.md`` lists them. A finding says
what, where, why it matters, and where it can the schedule that mends it.

>>> import stepsize as ss
>>> from stepsize import checks
>>> from stepsize.training import Training
>>> run = Training.of(steps=10_000, optimizer="adamw", beta2=0.95)
>>> [found] = checks.check(ss.warmup_cosine(3e-4, 10_000, warmup=20, start=1.5e-5), run)
>>> found.code, found.severity, found.at
('warmup-short', 'warning', 20)
>>> found.what
'The warmup takes 20 updates; 5% of the run are 500.'
>>> found.spelling
'1.5e-5 -> 3e-4 in 500; -> 0 cosine in 9500'
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType, ModuleType

from stepsize.checks import (
    cooldown,
    cycles,
    first_and_last,
    jumps,
    length,
    optimizer,
    precision,
    units,
    warmup,
)
from stepsize.checks.case import Case
from stepsize.checks.finding import SEVERITIES
from stepsize.checks.finding import Finding as Finding
from stepsize.checks.rule import Found
from stepsize.checks.rule import Rule as Rule
from stepsize.errors import ScheduleError, ScheduleTypeError, did_you_mean, message
from stepsize.schedule import Schedule
from stepsize.spelling import parse
from stepsize.training import Training

_SUBJECTS = (first_and_last, warmup, units, length, jumps, cycles, cooldown, optimizer, precision)
_LONG = 300  # characters: a longer spelling is not read


def _rules(subject: ModuleType) -> list[Rule]:
    return [thing for thing in vars(subject).values() if isinstance(thing, Rule)]


RULES: Mapping[str, Rule] = MappingProxyType(
    {one.code: one for subject in _SUBJECTS for one in _rules(subject)}
)
"""Every rule, by its code."""


def check(
    schedule: Schedule,
    training: Training | None = None,
    *,
    twin: str | None = None,
    ignore: Iterable[str] = (),
) -> tuple[Finding, ...]:
    """Ask every rule about a schedule in its run.

    Args:
        schedule: on any clock; what cannot be converted to it is not asked.
        training: what is known of the run; a rule that lacks a fact is silent, and :func:`not_asked` says which.
        twin: the call that the schedule comes from, such as "twin:torch.StepLR(0.1, 30)", where it is a twin.
        ignore: codes of rules that are left out.

    Returns:
        What was found, errors first, then by position. A finding's spelling was asked as well: it does not have the
        finding, and no new warning or error.

    Raises:
        ScheduleError: the schedule or the training is none, or a code is unknown.

    >>> import stepsize as ss
    >>> from stepsize import checks
    >>> from stepsize.training import Training
    >>> s = ss.parse("twin:torch.CosineAnnealingLR(0.1, T_max=90)")
    >>> [(f.code, f.severity) for f in checks.check(s, Training.of(epochs=90, steps_per_epoch=500))]
    [('counts-epochs', 'error')]
    """
    asked = _asked(ignore)
    case = _case(schedule, training, twin)
    found = list(_found(case, asked))
    loud = {rule.code for rule, one in found if (one.severity or rule.severity) != "note"}
    findings = [_finding(case, rule, one, asked, loud) for rule, one in found]
    return tuple(sorted(findings, key=_order))


def not_asked(
    schedule: Schedule,
    training: Training | None = None,
    *,
    twin: str | None = None,
    ignore: Iterable[str] = (),
) -> tuple[str, ...]:
    """The facts for lack of which some rule was silent, as a Training calls them; "run" is its length.

    Args:
        schedule, training, twin, ignore: as :func:`check` takes them.

    Raises:
        ScheduleError: as :func:`check`.

    >>> import stepsize as ss
    >>> from stepsize import checks
    >>> checks.not_asked(ss.hold(0.1, 100), checks.Training.of(steps=100, optimizer="sgd"))
    ('beta2', 'steps_per_epoch', 'accumulation', 'world_size', 'parameters', 'groups', 'weight_decay', 'precision')
    """
    case = _case(schedule, training, twin)
    return tuple(dict.fromkeys(fact for rule in _asked(ignore) for fact in rule.lacks(case)))


def _case(schedule: Schedule, training: Training | None, twin: str | None) -> Case:
    if not isinstance(schedule, Schedule):
        raise ScheduleTypeError(message("check", "takes a schedule", schedule))
    if not isinstance(training, Training | None):
        raise ScheduleTypeError(
            message("check.training", "must be a Training", training, "Write Training.of(...).")
        )
    return Case(schedule, training, twin)


def _asked(ignore: Iterable[str]) -> list[Rule]:
    """The rules that are not ignored."""
    left_out = {ignore} if isinstance(ignore, str) else set(ignore)
    for code in left_out - RULES.keys():
        remedy = did_you_mean(str(code), RULES) or f"There are {', '.join(RULES)}."
        raise ScheduleError(message("ignore", "must name a rule", code, remedy))
    return [one for one in RULES.values() if one.code not in left_out]


def _found(case: Case, asked: list[Rule]) -> Iterator[tuple[Rule, Found]]:
    for one in asked:
        if not one.silent(case):
            yield from ((one, found) for found in one.judge(case))


def _finding(case: Case, rule: Rule, found: Found, asked: list[Rule], loud: set[str]) -> Finding:
    """The finding with its words, and with what mends it if that does."""
    at, severity = found.at, found.severity or rule.severity
    rate = None if at is None else case.rate(at)
    spelling = _mending(case, rule.code, found.mend, asked, loud)
    return Finding(rule.code, severity, found.what, at, rate, rule.why, rule.source, rule.remedy, spelling)


def _mending(case: Case, code: str, mended: Schedule | None, asked: list[Rule], loud: set[str]) -> str | None:
    """How a schedule that mends is spelled: where it can be, and has neither the finding nor a new one that is loud."""
    if mended is None or len(text := str(mended)) > _LONG:
        return None
    try:
        if parse(text) != mended:
            return None
    except ScheduleError:
        return None
    again = list(_found(Case(mended, case.training), asked))
    new = {rule.code for rule, one in again if (one.severity or rule.severity) != "note"} - loud
    return None if new or code in {rule.code for rule, _ in again} else text


def _order(found: Finding) -> tuple[int, float, str]:
    return -SEVERITIES.index(found.severity), -1.0 if found.at is None else found.at, found.code
