"""A schedule as a configuration, or as code, of another library."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import product
from typing import Any

from stepsize.configs import nearest, pieces, proposals, rendering
from stepsize.configs.carried import carried, optimizer
from stepsize.configs.config import CODE, FORMATS, Document, Written
from stepsize.configs.outline import Outline, outline
from stepsize.configs.reading import reader
from stepsize.errors import ScheduleError, did_you_mean, message
from stepsize.schedule import Schedule
from stepsize.training import Training

_HOSTS = {
    "trainer": "stepsize.hosts.transformers", "lightning": "stepsize.hosts.lightning",
    "torch": "stepsize.hosts.torch", "timm": "stepsize.hosts.torch", "torchtitan": "stepsize.hosts.torch",
    "megatron": "stepsize.hosts.torch", "deepspeed": "stepsize.hosts.torch",
    "optax": "optax.adamw(schedule), for a schedule is an optax schedule as it is",
}  # fmt: skip
_SHORT = 0.02  # of the peak
_STEPPED = (
    "Lightning's own command line steps once an epoch: return this dictionary from configure_optimizers."
)
_STARTS = "LinearLR refuses to start at 0, and starts at 1e-10 of the rate."


def write(schedule: Schedule, format: str, training: Training | None = None) -> Written:
    """Write the configuration of another trainer that comes nearest to a schedule.

    Its parameters follow from the phases; a few hundred such configurations are read back, and the nearest in its
    worst update is kept, first over some thousand updates and then over all of them.

    Args:
        schedule: any schedule with rates >= 0. One that counts tokens or samples needs a training that says what an
            update takes.
        format: one of FORMATS, or "torch" or "optax" for code.
        training: what is known of the run: its length, if it is not the schedule's own; the updates of an epoch, for
            timm; and what else the configuration can carry, such as the betas.

    Returns:
        The text, the twin that it amounts to, and where it differs.

    Raises:
        HorizonNeeded: the run or an epoch must be known, and is not.
        ScheduleError: the format is unknown, or the rates are none that a library can have.

    >>> import stepsize as ss
    >>> from stepsize import configs
    >>> s = ss.warmup_cosine(3e-4, 10_000, warmup=500, end=3e-5)
    >>> found = configs.write(s, "megatron")
    >>> found.same
    True
    >>> print(found.text, end="")
    --train-iters 10000
    --lr 0.0003
    --min-lr 3e-05
    --lr-warmup-init 0.0
    --lr-warmup-iters 500
    --lr-decay-iters 10000
    --lr-decay-style cosine
    >>> configs.write(s, "deepspeed").differences[0]
    'updates 1 to 9,999: up to 0.2% of the peak, at 1 0 for 6e-07'
    """
    if format not in (*FORMATS, *CODE):
        remedy = did_you_mean(str(format), (*FORMATS, *CODE))
        rule = f"must be one of {', '.join((*FORMATS, *CODE))}"
        raise ScheduleError(message("format", rule, format, remedy))
    known = training or Training()
    o = outline(schedule, known)
    made, render, notes = _made(format, o, known)
    found = nearest.nearest(o, made)
    if found is None:
        rule = f"{format} has nothing that comes near it"
        raise ScheduleError(message("convert", rule, str(schedule), f"Drive it with {_HOSTS[format]}."))
    call, text = render(found.made)
    apart = nearest.differences(o, found.schedule)
    if apart:
        notes = (*notes, f"A host of stepsize gives it exactly: {_HOSTS[format]}.")
    if format in ("torch", "lightning") and f"start_factor={pieces.TINY!r}" in call:
        notes = (*notes, _STARTS)
    return Written(format, text, call, found.schedule, found.worst, apart, notes)


_Made = tuple[Iterator[tuple[Any, Schedule]], Callable[[Any], tuple[str, str]], tuple[str, ...]]


def _made(format: str, o: Outline, training: Training) -> _Made:
    """Proposals with their schedules; what makes the call and the text of one; and what one must know."""
    if format in CODE:
        maker = pieces.torch if format == "torch" else pieces.optax
        return nearest.made(_aimed(o, maker)), lambda one: (str(one), rendering.code(format, one)), ()
    if format == "lightning":
        return nearest.made(_aimed(o, pieces.torch)), partial(_lightning, o, training), (_STEPPED,)
    own = _aimed(o, lambda aimed: proposals.PROPOSALS[format](aimed, training))
    return _read(format, own, training), partial(_document, format, training), ()


def _aimed(o: Outline, maker: Callable[[Outline], Iterator[Any]]) -> Iterator[Any]:
    """What comes of an outline; of one that aims at 0, where its last update is short of that; and of one that aims
    higher than any update gets.
    """
    ends = dict.fromkeys((o.end, 0.0 if o.end < _SHORT * o.peak else o.end))
    peaks = dict.fromkeys((o.peak, o.aim))
    for peak, end in product(peaks, ends):
        yield from maker(o._replace(peak=peak, end=end))


def _read(
    format: str, documents: Iterator[Document], training: Training
) -> Iterator[tuple[Document, Schedule]]:
    """Documents with the schedules that their reader makes of them; those that it refuses are left out."""
    for document in documents:
        with suppress(ScheduleError):
            yield document, reader(format).read(document, _alone(training)).schedule


def _document(format: str, training: Training, document: Document) -> tuple[str, str]:
    whole = carried(format, document, training)
    return reader(format).read(whole, _alone(training)).call, rendering.text(format, whole)


def _lightning(o: Outline, training: Training, made: Any) -> tuple[str, str]:
    kind, arguments = optimizer(training)
    document = {
        "trainer": {"max_steps": o.steps},
        "optimizer": {"class_path": f"torch.optim.{kind}", "init_args": {"lr": made.given[0], **arguments}},
        "lr_scheduler": {"scheduler": rendering.of_lightning(made), "interval": "step", "frequency": 1},
    }
    return reader("lightning").read(document, None).call, rendering.text("lightning", document)


def _alone(training: Training) -> Training:
    """Of the run what a reader may need beside the file: the updates of an epoch."""
    return Training.of(steps_per_epoch=training.steps_per_epoch)
