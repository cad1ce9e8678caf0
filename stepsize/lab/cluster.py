"""The same race on a Ray cluster. A node that dies costs time and no run. Needs the extra "ray".

Runs come back to the process that races, and it stores them: nodes need no common folder, only the software and, for a
task of yours, your code, which Ray carries there from the current folder.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from stepsize import records
from stepsize.errors import MissingExtra, message
from stepsize.lab.plan import Planned
from stepsize.lab.race import stored
from stepsize.lab.workers import Event, make, one_thread
from stepsize.records import Run

_RETRIES = 5  # of a run whose node has died


def race(
    planned: Sequence[Planned],
    tell: Callable[[Event], None] = lambda event: None,
    address: str | None = None,
    *,
    jobs: int | None = None,
) -> list[Run]:
    """Make the runs that are missing on a cluster, and return all there are, in the order planned.

    Args:
        planned: as of :func:`stepsize.lab.race.race`; ``device`` other than "cpu" asks for one GPU a run.
        tell: is called with all that happens, while it happens.
        address: of a cluster; by default one is begun on this machine, and ended afterwards.
        jobs: runs at a time; by default as many as the cluster has cores for.

    Raises:
        MissingExtra: Ray is not installed.
    """
    ray = _ray()
    runs: dict[Path, Run] = {}
    for one in planned:
        if one.path.exists():
            event = stored(one)
            tell(event)
            if event.run is not None:
                runs[one.path] = event.run
    missing = [one for one in planned if one.path not in runs]
    if missing:
        ours = not ray.is_initialized()
        if ours:
            ray.init(
                address,
                log_to_driver=False,
                runtime_env=_environment(missing),
                num_cpus=None if address else jobs,
            )
        try:
            runs |= dict(_made(ray, missing, tell, jobs))
        finally:
            if ours:
                ray.shutdown()
    return [runs[one.path] for one in planned if one.path in runs]


def _made(ray: Any, missing: list[Planned], tell: Callable[[Event], None], jobs: int | None) -> Any:
    gpus = 0 if missing[0].device == "cpu" else 1
    task = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=_RETRIES)(_make)
    waiting = list(missing)
    running: dict[Any, Planned] = {}
    while waiting or running:
        while waiting and (jobs is None or len(running) < jobs):
            one = waiting.pop(0)
            running[task.remote(one)] = one
            tell(Event(one, "started"))
        (done, *_), _ = ray.wait(list(running), num_returns=1)
        one = running.pop(done)
        try:
            records.save(ray.get(done), one.path)
        except (ray.exceptions.RayError, OSError) as error:
            cause = getattr(error, "cause", None) or error
            tell(Event(one, "failed", text=f"{type(cause).__name__}: {str(cause).splitlines()[-1]}"))
            continue
        event = stored(one)
        tell(Event(one, "finished", text=event.text, run=event.run))
        if event.run is not None:
            yield one.path, event.run


def _make(planned: Planned) -> Run:
    """On a node, whose disk is its own: checkpoints go to a folder that is not kept."""
    import tempfile
    from dataclasses import replace

    one_thread()
    with tempfile.TemporaryDirectory() as folder:
        return make(replace(planned, path=Path(folder) / planned.path.name))


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
