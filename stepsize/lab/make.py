"""One planned run, made here and now."""

import time
from collections.abc import Callable
from contextlib import suppress

from stepsize.lab.plan import Planned
from stepsize.lab.tasks import find
from stepsize.lab.trial import Ended, Trial
from stepsize.records import Run
from stepsize.schedule import from_dict

UNSEEN = "the rate that it used is not known, and not checked: log lr=, or run.watch(optimizer)"


def make(
    planned: Planned,
    tell: Callable[[int, float, bool], str] = lambda step, loss, rung: "",
    warn: Callable[[str], None] = lambda text: None,
) -> Run:
    """Make the planned run, here and now.

    Args:
        planned: what to run.
        tell: is called now and then with updates, the loss now, and whether it may end the run by a text.
        warn: is called with what is odd about a run that is none the less one.
    """
    task = find(planned.task)
    planned.folder.mkdir(parents=True, exist_ok=True)
    run = Trial(
        from_dict(planned.schedule), planned.seed, planned.steps, planned.folder, device=planned.device,
        text=planned.text, tell=tell, rungs=planned.rungs,
    )  # fmt: skip
    started, ended = time.perf_counter(), ""
    try:
        task.train(run)
        run.must_be_whole()
    except Ended as why:
        ended = str(why)
    seconds = time.perf_counter() - started
    if not run.reported:
        warn(UNSEEN)
    with suppress(OSError):  # it is empty, unless the task has left something there
        planned.folder.rmdir()
    steps = run.at[-1] + 1 if ended else planned.steps
    whole = len(run.at) == steps
    return Run(
        task=planned.task,
        name=planned.name,
        schedule=planned.schedule,
        seed=planned.seed,
        steps=steps,
        rates=planned.rates(steps),
        losses=tuple(run.losses),
        evaluations=tuple(run.evaluations) if ended else run.validated(),
        seconds=seconds,
        data=task.data(planned.text),  # after the text was read: a change meanwhile is seen by the plan
        versions=task.versions(),
        at=() if whole else tuple(run.at),
        metrics={name: tuple(pairs) for name, pairs in run.metrics.items()},
        peak=planned.peak,
        ended=ended,
    )
