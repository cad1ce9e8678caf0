"""Speed against what one would write or use otherwise, as ratios: of a call, of an optimizer's step, of a curve."""

import math

import numpy as np
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

import stepsize as ss
from bench import Report, fastest
from stepsize.hosts.torch import TorchSchedule

RUN = 10_000
CURVE = 10_000_000


PEAK, END, WARMUP, DECAYED = 3e-4, 3e-5, 1000, 9000


def by_hand(t: float) -> float:
    """Linear warmup, cosine, hold: what training scripts hold, their numbers by name."""
    if t < WARMUP:
        return PEAK * t / WARMUP
    if t >= DECAYED:
        return END
    progress = (t - WARMUP) / (DECAYED - WARMUP)
    return END + (PEAK - END) * 0.5 * (1.0 + math.cos(math.pi * progress))


def calls(report: Report) -> None:
    """One rate, averaged over the positions of a run."""
    s = ss.linear(0.0, PEAK, WARMUP) >> ss.cosine(PEAK, END, DECAYED - WARMUP) >> ss.hold(END, RUN - DECAYED)
    positions = list(range(0, RUN, 10))  # short jobs, many rounds: some will find the machine quiet
    assert max(abs(s(t) - by_hand(t)) for t in positions) < 1e-15

    def ours() -> None:
        for t in positions:
            s(t)

    def theirs() -> None:
        for t in positions:
            by_hand(t)

    a, b = (1e6 * seconds / len(positions) for seconds in fastest(ours, theirs, rounds=600))
    detail = f"{a:.3f} us a call; by hand {b:.3f} us"
    report.row("s(t), 3 phases / by hand", a / b, 3.0, detail)

    grown = ss.sgdr(0.1, 10, growth=1.5)

    def at(t: int) -> None:
        for _ in range(100):
            grown(t)

    far, near = fastest(lambda: at(7_000_000), lambda: at(7), rounds=600)
    detail = f"{far * 1e4:.3f} us; {near * 1e4:.3f} us: no loop over cycles"
    report.row("sgdr, growth 1.5: s(7_000_000) / s(7)", far / near, 2.0, detail)


def optimizer(groups: int) -> torch.optim.Optimizer:
    weights = [{"params": [torch.zeros(1, requires_grad=True)]} for _ in range(groups)]
    return torch.optim.SGD(weights, lr=3e-4)


def steps(report: Report) -> None:
    """One step of the scheduler of an optimizer with so many parameter groups."""
    for groups, budget in ((1, 0.5), (100, 0.15), (1000, 0.12)):
        mine, other = optimizer(groups), optimizer(groups)
        ours = TorchSchedule(mine, ss.warmup_cosine(3e-4, 1_000_000, warmup=100, end=3e-5, start=3e-7))
        warm = LinearLR(other, start_factor=0.001, total_iters=100)
        cosine = CosineAnnealingLR(other, T_max=999_900, eta_min=3e-5)
        theirs = SequentialLR(other, [warm, cosine], milestones=[100])
        other.step()  # torch warns where a scheduler goes first
        count = max(2, 200 // groups)

        def go(scheduler: TorchSchedule | SequentialLR, count: int = count) -> None:
            for _ in range(count):
                scheduler.step()

        a, b = fastest(lambda ours=ours: go(ours), lambda theirs=theirs: go(theirs), rounds=300)
        detail = f"{a / count * 1e6:.2f} us a step; torch {b / count * 1e6:.2f} us"
        what = f"TorchSchedule.step / SequentialLR, {groups} group{'s' * (groups > 1)}"
        report.row(what, a / b, budget, detail)


def curves(report: Report) -> None:
    """A whole curve, against one pass of np.cos over as many numbers."""
    positions, angles = np.arange(CURVE), np.linspace(0.0, math.pi, CURVE)
    for name, s, budget in (
        ("warmup_cosine", ss.warmup_cosine(3e-4, CURVE, warmup="5%", end=3e-5), 1.5),
        ("sgdr", ss.sgdr(3e-4, 100_000, end=3e-5), None),
        ("sgdr, growth 2", ss.sgdr(3e-4, 10_000, growth=2, end=3e-5), None),
        ("one_cycle", ss.one_cycle(3e-4, CURVE), None),
        ("wsd", ss.wsd(3e-4, CURVE, warmup="5%", decay="20%"), None),
        ("polynomial_decay, power 2", ss.polynomial_decay(3e-4, CURVE, power=2), None),
        ("polynomial_decay, power 0.9", ss.polynomial_decay(3e-4, CURVE, power=0.9), None),
        ("triangular", ss.triangular(3e-5, 3e-4, 2000), None),
    ):
        a, b = fastest(lambda s=s: s(positions), lambda: np.cos(angles), rounds=7)
        report.row(f"10 million of {name} / np.cos", a / b, budget, f"{a:.3f} s; np.cos {b:.3f} s")


def main() -> None:
    torch.set_num_threads(1)
    report = Report()
    calls(report)
    steps(report)
    curves(report)
    report.end()


if __name__ == "__main__":
    main()
