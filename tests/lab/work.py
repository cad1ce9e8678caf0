"""Tasks that a user might write, well and badly. They run in processes of their own."""

import os
import signal
import time


def good(run):
    """A point on a parabola, by hand."""
    x = 1.0 + run.seed % 3
    for step in range(run.steps):
        loss = x * x
        rate = run.schedule(step)
        x -= rate * 2 * x
        run.log(
            step,
            loss,
            lr=rate,
            distance=abs(x),
            validation=x * x if step % 2 or step + 1 == run.steps else None,
        )


def sparse(run):
    """Logs every tenth update, and validates never."""
    for step in range(0, run.steps, 10):
        run.log(step, 1.0 / (step + 1))


def with_torch(run):
    import torch

    x = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = torch.optim.AdamW([x], lr=0.0)
    run.watch(optimizer)
    for step in range(run.steps):
        optimizer.param_groups[0]["lr"] = run.schedule(step)
        loss = (x**2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        run.log(step, loss)


def forgets_the_rate(run):
    for step in range(run.steps):
        run.log(step, 1.0, lr=0.25)


def forgets_in_torch(run):
    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    run.watch(optimizer)
    run.log(0, 1.0)


def never_logs(run):
    pass


def stops_short(run):
    for step in range(run.steps // 2):
        run.log(step, 1.0)


def goes_backwards(run):
    run.log(3, 1.0)
    run.log(2, 1.0)


def logs_words(run):
    run.log(0, "low")


def logs_nan(run):
    for step in range(run.steps):
        run.log(step, 1.0 if step < 5 else float("nan"))


def raises(run):
    raise RuntimeError("out of memory")


def leaves(run):
    raise SystemExit(3)


def hangs(run):
    run.log(0, 1.0)
    time.sleep(600)


def dies(run):
    os.kill(os.getpid(), signal.SIGKILL)


def forgets_to_validate_last(run):
    for step in range(run.steps):
        run.log(step, 1.0, **({"validation": 1.0} if step == 3 else {}))


def catches_everything(run):
    for step in range(run.steps):
        try:
            run.log(step, float("inf") if step == 4 else 1.0)
        except Exception:
            continue


def slow(run):
    """Takes a second, and leaves a checkpoint."""
    for step in range(run.steps):
        time.sleep(1 / run.steps)
        (run.folder / "model.pt").write_text(str(step))
        run.log(step, 1.0 / (step + 1))


def fills_its_device(run):
    """Two of it do not fit on one device."""
    taken = run.folder.parent / f"{run.device}.taken"
    try:
        taken.touch(exist_ok=False)
    except FileExistsError:
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.") from None
    for step in range(run.steps):
        time.sleep(0.5 / run.steps)
        run.log(step, 1.0, device=float(run.device[-1]))
    taken.unlink()


def likes_low_rates(run):
    for step in range(run.steps):
        if run.schedule(step) > 1:
            raise RuntimeError("too high")
        run.log(step, 1.0)


def never_fits(run):
    raise MemoryError("RESOURCE_EXHAUSTED: Out of memory")


not_a_function = 3
