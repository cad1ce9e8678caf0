"""``stepsize convert``: a schedule, or a configuration, as the configuration of another trainer."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepsize import _aside
from stepsize.cli import completion, contents, source, terminal
from stepsize.cli.horizon import of_a_run
from stepsize.cli.options import option
from stepsize.errors import ScheduleError, did_you_mean, message
from stepsize.horizon import Horizon
from stepsize.schedule import Schedule
from stepsize.training import Training

if TYPE_CHECKING:
    from stepsize.configs import Written

# Those of configs, whose import takes as long as all other commands together.
_FORMATS = ("trainer", "deepspeed", "megatron", "timm", "torchtitan", "lightning", "torch", "optax")
_SOURCE: Any = typer.Argument(
    help="A schedule, as elsewhere, or a file with a configuration of trainer, deepspeed, megatron, timm, torchtitan "
    "or lightning; - for standard input.",
    metavar="SOURCE",
    autocompletion=completion.schedules,
    show_default=False,
)


@of_a_run
def convert(
    given: Annotated[str, _SOURCE],
    to: Annotated[
        str, option("FORMAT,...", f"What to write: {', '.join(_FORMATS)}.", lambda: list(_FORMATS))
    ],
    save: Annotated[str | None, option("FILE", "Write it to a file; of one format.")] = None,
    *,
    horizon: Horizon | None,
) -> int:
    """Write a schedule as a configuration of another trainer, or as code, and say where it gives other rates.

    The exit code is 0 where it gives the same rates in every update of the run, and 1 where it does not.

    stepsize convert ds_config.json --to trainer,megatron
    """
    from stepsize import configs

    formats = _formats(to)
    if save is not None and len(formats) > 1:
        raise ScheduleError(message("--save", "takes one format", to, "Write them one by one."))
    schedule, training, notes = _read(given.strip(), Training(horizon=horizon))
    written = [configs.write(schedule, format, training) for format in formats]
    texts = [configs.commented(one.format, one.text, [*_verdict(one, schedule), *notes]) for one in written]
    if save is not None:
        _save(save, given.strip(), texts[0])
        terminal.put([f"{save}: {_verdict(written[0], schedule)[0]}"])
    else:
        terminal.put("\n".join(texts).rstrip("\n").split("\n"))
    return 0 if all(one.same for one in written) else 1


def _formats(to: str) -> list[str]:
    """The formats that were asked for, each once."""
    asked = [word.strip() for word in to.split(",") if word.strip()]
    for word in asked:
        if word not in _FORMATS:
            remedy = did_you_mean(word, _FORMATS)
            raise ScheduleError(message("--to", f"must be of {', '.join(_FORMATS)}", word, remedy))
    if not asked:
        raise ScheduleError(message("--to", f"must be of {', '.join(_FORMATS)}", to))
    return list(dict.fromkeys(asked))


def _read(given: str, training: Training) -> tuple[Schedule, Training, list[str]]:
    """The schedule, its run, and what was noted when it was read."""
    from stepsize import configs

    name, text = _text(given)
    if text is None:
        try:
            return source.read(given, training.horizon).schedule, training, []
        except ScheduleError:
            if not os.path.isfile(given):
                raise
            name, text = contents.shown(given), contents.of_a_file(given)  # such as run.sh
    if configs.detect(text, name) is None:
        return source.content(name, text, training.horizon).schedule, training, []
    found = configs.read(text, name, training=training)
    return found.schedule, found.training, [f"Read from {name}: {note}" for note in found.notes]


def _text(given: str) -> tuple[str, str | None]:
    """The name and the text of a file, of standard input, or of JSON that was typed; None of anything else."""
    if given == source.STANDARD_INPUT:
        return "standard input", contents.of_standard_input()
    if given.startswith("{"):
        return "the JSON", given
    if source.names_a_file(given):
        return contents.shown(given), contents.of_a_file(given)
    return given, None


def _verdict(one: "Written", schedule: Schedule) -> list[str]:
    """Whether it gives the same rates, and where not; and what one must know to use it."""
    shown = str(schedule)
    meant = shown if len(shown) <= 200 else f"{shown[:197]}..."
    if one.same:
        return [f"The same rates as {meant}", *one.notes]
    first = f"Not the same: up to {100 * one.worst:.3g}% of the peak from {meant}"
    return [first, *(f"- {apart}" for apart in one.differences), *one.notes]


def _save(save: str, given: str, text: str) -> None:
    """Write the file, unless it is the one that was read."""
    if os.path.exists(save) and os.path.exists(given) and os.path.samefile(save, given):
        raise ScheduleError(
            message("--save", "must not be the file that is read", save, "Choose another name.")
        )
    _aside.write_for_a_user(Path(save), text.encode())
