"""The same race on a Ray cluster. A node that dies costs time and no run. Needs the extra "ray".

On its node a run is made as it is here, by a process of its own: what hangs or dies there costs that run alone. Runs
come back to the process that races, and it stores them: nodes need no common folder, only the software and, for a task
of yours, your code, which Ray carries there from the current folder.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from stepsize import records
from stepsize.errors import MissingExtra, message
from stepsize.lab.halving import Halving
from stepsize.lab.plan import Planned
from stepsize.lab.race import kept, stored
from stepsize.lab.trial import TaskError
from stepsize.lab.worker import Event
from stepsize.lab.workers import A_DEVICE, SILENCE, out_of_memory, work
from stepsize.records import Run

_RETRIES = 5  # of a run whose node has died


def race(
    planned: Sequence[Planned],
    tell: Callable[[Event], None] = lambda event: None,
    address: str | None = None,
    *,
    jobs: int | None = None,
    silence: float = SILENCE,
    halving: Halving | None = None,
) -> list[Run]:
    """Make the runs that are missing on a cluster, and return all there are, in the order planned.

    Args:
        planned: as of :func:`stepsize.lab.race.race`; ``device`` other than "cpu" asks for a quarter of a GPU a
            run, and for a whole one where a run has not fitted.
        tell: is called with all that happens, while it happens.
        address: of a cluster; by default one is begun on this machine, and ended afterwards.
        jobs: runs at a time; by default as many as the cluster has cores for.
        silence: seconds without a logged update, after which a run is taken to hang, and ended.
        halving: stops runs that cannot win any more, at the rungs that were planned; all nodes ask the same one.

    Raises:
        MissingExtra: Ray is not installed.
    """
    ray = _ray()
    runs: dict[Path, Run] = {}
    for one in planned:
        if one.path.exists():
            event = kept(one)
            tell(event)
            if event.run is not None:
                runs[one.path] = event.run
    if halving is not None:
        for run in runs.values():
            halving.learn(run)
    missing = [one for one in planned if one.path not in runs]
    if missing:
        with _cluster(ray, address, jobs, missing):
            runs |= dict(_made(ray, missing, tell, jobs, silence, halving))
    return [runs[one.path] for one in planned if one.path in runs]


@contextmanager
def _cluster(ray: Any, address: str | None, jobs: int | None, missing: Sequence[Planned]) -> Iterator[None]:
    """One that this process is in already; or the one at an address, or a new one, which is left afterwards."""
    if ray.is_initialized():
        yield
        return
    ray.init(
        address, log_to_driver=False, runtime_env=_environment(missing), num_cpus=None if address else jobs
    )
    try:
        yield
    finally:
        ray.shutdown()


def _made(
    ray: Any,
    missing: list[Planned],
    tell: Callable[[Event], None],
    jobs: int | None,
    silence: float,
    halving: Halving | None,
) -> Iterator[tuple[Path, Run]]:
    gpus = 0 if missing[0].device == "cpu" else 1 / A_DEVICE
    task = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=_RETRIES)(_make)
    judge = None if halving is None else _here(ray).remote(halving)
    waiting = list(missing)
    running: dict[Any, Planned] = {}
    alone: set[Path] = set()  # those that did not fit beside others
    while waiting or running:
        while waiting and (jobs is None or len(running) < jobs):
            one = waiting.pop(0)
            running[task.remote(one, silence, judge)] = one
            tell(Event(one, "started"))
        (done, *_), _ = ray.wait(list(running), num_returns=1)
        one = running.pop(done)
        try:
            run, odd = ray.get(done)
            records.save(run, one.path)
        except (ray.exceptions.RayError, OSError) as error:
            failed = Event(one, "failed", text=_why(error))
            if gpus < 1 and out_of_memory(failed) and one.path not in alone:
                alone.add(one.path)
                running[task.options(num_gpus=1).remote(one, silence, judge)] = one
                failed = replace(failed, what="again", text=f"alone on a GPU: {failed.text}")
            tell(failed)
            continue
        event = stored(one)
        what: Any = "failed" if event.run is None else "finished"
        tell(replace(event, what=what, text=event.text or odd))
        if event.run is not None:
            if judge is not None:
                judge.learn.remote(event.run)
            yield one.path, event.run


def _make(planned: Planned, silence: float, judge: Any) -> tuple[Run, str]:
    """The run, and what is odd about it. A node has a disk of its own: checkpoints go to a folder that is not kept."""
    import tempfile

    ray = _ray()

    def decide(_: Planned, step: int, loss: float) -> str:
        return "" if judge is None else str(ray.get(judge.decide.remote(planned, step, loss)))

    with tempfile.TemporaryDirectory() as folder:
        here = replace(planned, path=Path(folder) / planned.path.name)
        with closing(work([here], 1, silence=silence, decide=decide)) as events:
            for event in events:
                if event.what == "failed":
                    raise TaskError(event.text)
        return records.load(here.path), event.text


class _Judge:
    """The one that all nodes ask whether a run shall go on."""

    def __init__(self, halving: Halving) -> None:
        self._halving = halving

    def learn(self, run: Run) -> None:
        self._halving.learn(run)

    def decide(self, planned: Planned, step: int, loss: float) -> str:
        return self._halving.decide(planned, step, loss)


def _here(ray: Any) -> Any:
    """The judge, on the node of the process that races: the one that cannot be lost without the race."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    node = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    return ray.remote(num_cpus=0)(_Judge).options(scheduling_strategy=node)


def _why(error: Exception) -> str:
    cause = getattr(error, "cause", None) or error
    if isinstance(cause, TaskError):  # it says what the process of the run said
        return str(cause)
    return f"{type(cause).__name__}: {str(cause).splitlines()[-1]}"


def _environment(missing: Sequence[Planned]) -> dict[str, Any]:
    """A task of a user is carried to the nodes with the current folder."""
    if not any(":" in one.task for one in missing):
        return {}
    return {"working_dir": ".", "excludes": ["*.json", "*.html", "*.pt", "*.db", ".git", ".venv"]}


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise MissingExtra(
            message("--engine ray", "needs Ray", str(error), 'Install "stepsize[ray]".')
        ) from None
    return ray
