"""``stepsize check``: is this the schedule you meant? Rules over schedules, and over what other trainers are told."""

import os
from typing import Annotated, Any

import typer

from stepsize import _accept
from stepsize.cli import completion, contents, terminal
from stepsize.cli.checked import SEVERITIES, Checked, as_json, shown
from stepsize.cli.horizon import OPTIONS, of_a_run
from stepsize.cli.options import flag, option
from stepsize.cli.source import STANDARD_INPUT, Given, content, names_a_file, read
from stepsize.cli.wording import spelled
from stepsize.errors import ScheduleError, did_you_mean, message
from stepsize.horizon import Horizon
from stepsize.training import Training

_PRECISIONS = ("float32", "bfloat16", "float16")

_SOURCES: Any = typer.Argument(
    help="Schedules, as elsewhere, or files with the configuration of another trainer.",
    metavar="SOURCE...",
    autocompletion=completion.schedules,
    show_default=False,
)


def _codes() -> list[str]:
    from stepsize.checks import RULES  # where somebody types one

    return [*RULES]


@of_a_run
def check(
    context: typer.Context,
    sources: Annotated[list[str], _SOURCES],
    optimizer: Annotated[str | None, option("NAME", "Such as adamw, sgd, muon.")] = None,
    beta1: Annotated[float | None, option("X", "Of the first moments, or the momentum.")] = None,
    beta2: Annotated[float | None, option("X", "Of the second moments.")] = None,
    weight_decay: Annotated[float | None, option("X", "The weight decay.")] = None,
    parameters: Annotated[str | None, option("N", "Of the model, such as 124M.")] = None,
    groups: Annotated[str | None, option("X,X,...", "The highest rate of each parameter group.")] = None,
    precision: Annotated[
        str | None, option("NAME", "Of the weights as they are updated: float32, bfloat16 or float16.")
    ] = None,
    batch_changes: Annotated[bool, flag("--batch-changes", "The batch changes within the run.")] = False,
    format: Annotated[str | None, option("NAME", "Of a configuration. Default: what it looks like.")] = None,
    ignore: Annotated[str | None, option("CODE,...", "Rules that are left out.", _codes)] = None,
    fail_on: Annotated[
        str, option("SEVERITY", "Exit with 1 from here on: note, warning (the default) or error.")
    ] = "warning",
    json: Annotated[bool, flag("--json", "JSON, for a program.")] = False,
    quiet: Annotated[bool, flag("--quiet", "Only the exit code.")] = False,
    *,
    horizon: Horizon | None,
) -> int:
    """Look for what is probably not meant: rates at zero, a warmup or a run of the wrong length, jumps, odd peaks.

    The exit code is 1 where something is at or above --fail-on, and 0 where nothing is. docs/checks.md has the rules.

    stepsize check "0 -> 3e-4 in 20; -> 0 cosine" --steps 10k --optimizer adamw --beta2 0.95
    """
    _one_of("--fail-on", fail_on, SEVERITIES)
    if precision is not None:
        _one_of("--precision", precision, _PRECISIONS)
    training = Training(
        horizon=horizon,
        given=_given(context),
        optimizer=optimizer,
        beta1=beta1,
        beta2=beta2,
        weight_decay=weight_decay,
        parameters=parameters,  # type: ignore[arg-type]  # text is read there
        groups=() if groups is None else tuple(_accept.amount("--groups", one) for one in groups.split(",")),
        precision=precision,
        batch_changes=batch_changes,
    )
    left_out = [] if ignore is None else _ignored(ignore)
    checked = [_checked(source, training, format, left_out) for source in _once(sources)]
    if json:
        terminal.put(as_json(checked))
    elif not quiet:
        terminal.put(shown(checked))
    failing = SEVERITIES[SEVERITIES.index(fail_on) :]
    return int(any(found.severity in failing for one in checked for found in one.findings))


# What was asked


def _one_of(name: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        rule = f"must be one of {', '.join(known)}"
        raise ScheduleError(message(name, rule, given, did_you_mean(given, known)))


def _given(context: typer.Context) -> tuple[tuple[str, Any], ...]:
    """The options of the run as they were given, as numbers."""
    said = {name: context.params.get(name) for name in OPTIONS}
    return tuple(
        (name, value if value is True else _accept.amount(spelled(name), value, name.partition("_per_")[0]))
        for name, value in said.items()
        if value not in (None, False)
    )


def _ignored(said: str) -> list[str]:
    """The codes of rules that are left out."""
    codes = [code.strip() for code in said.split(",") if code.strip()]
    for code in codes:
        if code not in _codes():
            remedy = did_you_mean(code, _codes()) or "docs/checks.md has them all."
            raise ScheduleError(message("--ignore", "must name a rule", code, remedy))
    return codes


def _once(sources: list[str]) -> list[str]:
    sources = [source.strip() for source in sources]
    if sources.count(STANDARD_INPUT) > 1:
        raise ScheduleError(message("-", "standard input can be read once", sources.count(STANDARD_INPUT)))
    return sources


# The sources


def _checked(source: str, training: Training, format: str | None, ignore: list[str]) -> Checked:
    """One source, read and checked."""
    from stepsize import checks  # with the rules, when there is something to check

    given, twin, known, notes = _read(source, training, format)
    findings = checks.check(given.schedule, known, twin=twin, ignore=ignore)
    lacks = checks.not_asked(given.schedule, known, twin=twin, ignore=ignore)
    return Checked(given.name, given.schedule, findings, lacks, notes)


Read = tuple[Given, str | None, Training, tuple[str, ...]]


def _read(source: str, training: Training, format: str | None) -> Read:
    """The schedule, the twin that it is, what is known of its run, and what a reader should know."""
    named = _text(source, format)
    if named is None:
        if format is not None:
            raise ScheduleError(message("--format", "is that of a configuration in a file", source))
        twin = source if source.startswith("twin:") else None
        return read(source, training.horizon), twin, training, ()
    from stepsize import configs  # where there is a text that may be one

    name, text = named
    kind = format or configs.detect(text, name)
    if kind is None:
        twin = text.strip() if text.strip().startswith("twin:") else None
        return content(name, text, training.horizon), twin, training, ()
    found = configs.read(text, name=name, format=kind, training=training)
    notes = (f"{found.format}: {found.call}", *found.notes)
    return Given(contents.shown(name), found.schedule), found.call, found.training, notes


def _text(source: str, format: str | None) -> tuple[str, str] | None:
    """The name and the text of a file, or of standard input; None for what is spelled."""
    if source == STANDARD_INPUT:
        return "standard input", contents.of_standard_input()
    if names_a_file(source) or (format is not None and os.path.isfile(source)):
        return source, contents.of_a_file(source)
    return None
