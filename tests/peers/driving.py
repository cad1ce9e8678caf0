"""What a torch scheduler really applies: the rate that an optimizer holds when it makes each update."""

import torch

PEAK = 0.02


def applied(build, updates, lr=PEAK):
    """The rate of each of so many updates, driven as training loops do it: update, then ``scheduler.step()``."""
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=lr)
    rates = []
    optimizer.register_step_pre_hook(lambda o, args, kwargs: rates.append(float(o.param_groups[0]["lr"])))
    scheduler = build(optimizer)
    for _ in range(updates):
        weight.grad = torch.ones(1)
        optimizer.step()
        scheduler.step()
    return rates


def same(ours, theirs, peak=PEAK, tolerance=1e-12):
    """Update for update, within ``tolerance`` of the peak; the first update that differs is named."""
    for k, rate in enumerate(theirs):
        assert abs(ours(k) - rate) <= tolerance * peak, (
            f"update {k}: the peer applies {rate!r}, {ours!r} gives {ours(k)!r}"
        )
