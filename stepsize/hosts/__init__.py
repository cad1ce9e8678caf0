"""Hosts: a schedule drives the optimizer of a framework. Each needs its own extra.

    torch            TorchSchedule, a ``torch.optim.lr_scheduler.LRScheduler``; extra "torch"
    _torch_groups    the rates of a torch optimizer's parameter groups, found and written

optax needs none: a schedule is already an optax schedule. Nothing is imported here.
"""
