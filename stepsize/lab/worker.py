"""A process that makes runs, one after the other, and what it says of them.

It is a fresh process on one thread of PyTorch, so that a run gives the same bits on one core or on many. It
stores its run itself: what is finished is on the disk, whatever becomes of the others.
"""

import os
import signal
import sys
import sysconfig
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

from stepsize import records
from stepsize.lab.make import make
from stepsize.lab.plan import Planned
from stepsize.lab.trial import TaskError
from stepsize.records import Run

_PACKAGES = "site-packages"  # where the code of others lies
Decide = Callable[[Planned, int, float], str]
"""From a run, its updates and its loss now, at a rung: why it should end there, or nothing."""


@dataclass(frozen=True)
class Event:
    """What happened to one planned run.

    Args:
        planned: the run.
        what: "kept" (its file is there), "refused" (its file is there and not usable), "started", "step",
            "again" (it will be made again, with fewer beside it), "finished", "failed".
        text: why, of a refused or failed one, and of one that is made again; what is odd about a finished one.
        step: updates applied so far.
        run: the run itself, of a kept or finished one.
    """

    planned: Planned
    what: Literal["kept", "refused", "started", "step", "again", "finished", "failed"]
    text: str = ""
    step: int = 0
    run: Run | None = None


class Worker:
    """A process, which is replaced when it dies, and the run that it is busy with.

    Args:
        decide: whether a run shall go on.
        device: that its runs are given.
    """

    def __init__(self, decide: Decide, device: str) -> None:
        self.planned: Planned | None = None
        self.device, self._decide = device, decide
        self._launch()

    def _launch(self) -> None:
        context = get_context("spawn")
        self.pipe, far = context.Pipe()
        self.process = context.Process(target=_serve, args=(far,), daemon=True)
        with _deaf():
            self.process.start()
        far.close()  # the process has its own; now its end is seen as the end of the pipe

    def start(self, planned: Planned) -> Event:
        """Give it a run."""
        if not self.process.is_alive():
            self.stop()
            self._launch()
        self.planned, self._heard = planned, time.monotonic()
        with suppress(OSError):  # it died this very moment: receive() will tell
            self.pipe.send(replace(planned, device=self.device))
        return Event(planned, "started")

    def receive(self) -> Event:
        """What its run has to say."""
        planned = self.planned
        assert planned is not None
        try:
            what, content = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join(5)
            what, content = "failed", f"its process ended: {_ending(self.process.exitcode)}"
        self._heard = time.monotonic()
        if what == "step":
            step, loss, rung = content
            if rung:
                with suppress(OSError):
                    self.pipe.send(self._decide(planned, step, loss))
            return Event(planned, "step", step=step)
        self.planned = None
        return Event(planned, what, text=content)

    def silent(self) -> float:
        """Seconds since its run said anything."""
        return time.monotonic() - self._heard

    def give_up(self, silence: float) -> Event:
        """Kill a run that hangs."""
        planned = self.planned
        assert planned is not None
        self.process.kill()
        self.process.join()
        self.planned = None
        return Event(planned, "failed", text=f"it logged nothing for {silence:g} seconds, and was ended")

    def stop(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _ending(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    return f"killed by {signal.Signals(-code).name}"


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes started in here ignore Ctrl-C from their first moment: the parent ends them."""
    if threading.current_thread() is not threading.main_thread():  # only there may signals be set
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _serve(pipe: Connection) -> None:
    """The life of a worker process: take a planned run, make it, store it, until the parent is gone."""
    _one_thread()

    def tell(step: int, loss: float, rung: bool) -> str:
        pipe.send(("step", (step, loss, rung)))
        return str(pipe.recv()) if rung else ""

    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            planned = pipe.recv()
            try:
                odd: list[str] = []
                records.save(make(planned, tell, odd.append), planned.path)
                answer = "finished", "; ".join(odd)
            except (EOFError, BrokenPipeError, ConnectionResetError):
                raise
            except (Exception, SystemExit) as error:  # whatever it is, it costs this run alone
                answer = "failed", f"{type(error).__name__}: {error}{_where(error)}"
            pipe.send(answer)


def _where(error: BaseException) -> str:
    """The line of the task that raised it; not of errors of ours, for those say what to do."""
    others = (str(Path(records.__file__).parents[1]), sysconfig.get_path("stdlib"))
    frames = traceback.extract_tb(error.__traceback__)
    lines = [one for one in frames if not one.filename.startswith(others) and _PACKAGES not in one.filename]
    if isinstance(error, TaskError) or not lines:
        return ""
    return f" ({Path(lines[-1].filename).name}, line {lines[-1].lineno})"


def _one_thread() -> None:
    """So that a run gives the same bits beside another one, and two do not fight for the cores."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    if torch := sys.modules.get("torch"):  # else it reads them when it is loaded, if the task needs it
        torch.set_num_threads(1)
