"""Which configuration a text is, and what it says."""

from importlib import import_module
from types import ModuleType
from typing import Any

from stepsize.configs import documents, flags
from stepsize.configs.config import FORMATS, Config
from stepsize.errors import ScheduleError, did_you_mean, message
from stepsize.training import Training

_ORDER = ("deepspeed", "lightning", "torchtitan", "timm", "megatron", "trainer")  # the plainest marks first
_FLAGS = ("timm", "megatron")  # what may be written in flags


def reader(format: str) -> ModuleType:
    """The module that reads a format.

    Raises:
        ScheduleError: there is no such format.
    """
    if format not in FORMATS:
        remedy = did_you_mean(str(format), FORMATS)
        raise ScheduleError(message("format", f"must be one of {', '.join(FORMATS)}", format, remedy))
    return import_module(f"stepsize.configs.{format}")


def detect(text: Any, name: str = "") -> str | None:
    """Which configuration a text is, by what stands in it.

    Args:
        text: any text.
        name: of its file; "" where it has none. A file of flags may have any name.

    Returns:
        One of FORMATS; None where it is none of them, as a spelling or our own JSON.

    >>> from stepsize import configs
    >>> configs.detect("--lr 3e-4 --min-lr 3e-5 --lr-decay-style cosine --train-iters 1000")
    'megatron'
    >>> configs.detect("0 -> 3e-4 in 500; -> 3e-5 cosine in 9500") is None
    True
    """
    if not isinstance(text, str) or len(text) > documents.MOST_CHARACTERS:
        return None
    try:
        document = documents.read(text, name or "the configuration")
    except ScheduleError:
        return None
    return _kind(document)


def _kind(document: dict[str, Any]) -> str | None:
    if "stepsize" in document:  # a schedule of ours
        return None
    flagged = flags.flagged(document)
    known = [format for format in _ORDER if format in _FLAGS or not flagged]
    return next((format for format in known if reader(format).told(document)), None)


def read(text: Any, name: str = "", format: str | None = None, training: Training | None = None) -> Config:
    r"""Read the configuration of another trainer: its schedule as a value, and what it says of the run.

    Args:
        text: the configuration; at most 200,000 characters. JSON, YAML, TOML, or flags.
        name: of its file, for messages.
        format: one of FORMATS; None finds out.
        training: what is known of the run beside it, such as the updates of an epoch. It fills what the file leaves
            open, and may not contradict it.

    Returns:
        The schedule, the call of the twin that it is, the run, and notes on what was assumed.

    Raises:
        HorizonNeeded: the schedule needs the length of the run or of an epoch, and nothing says it.
        ScheduleError: it is no configuration that is known, or a value in it is none that it can have.

    >>> from stepsize import configs
    >>> found = configs.read("learning_rate: 3.0e-4\nlr_scheduler_type: cosine\nwarmup_steps: 500\nmax_steps: 10000")
    >>> found.format, found.call
    ('trainer', 'twin:transformers.cosine(0.0003, 500, 10000)')
    >>> print(found.schedule)
    0 -> 3e-4 in 500; -> 0 cosine in 9500
    >>> found.training.steps, found.training.beta2
    (10000, 0.999)
    """
    where = name or "the configuration"
    document = documents.read(text, where)
    kind = format or _kind(document)
    if kind is None:
        rule = f"must be a configuration of {', '.join(FORMATS)}"
        raise ScheduleError(message(where, rule, ", ".join(map(str, [*document][:6])), "Say which: format=."))
    try:
        found: Config = reader(kind).read(document, training)
    except ScheduleError as error:
        if not name:
            raise
        raise type(error)(f"{name}: {error}") from None
    return found
