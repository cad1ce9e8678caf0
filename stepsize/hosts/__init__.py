"""Hosts: a schedule drives the optimizer of a framework. Each needs its own extra.

    transformers       ScheduleTrainer, a Hugging Face Trainer; extra "transformers"
    accelerate         attach, on any number of processes; extra "accelerate"
    lightning          configure: what configure_optimizers returns; extra "lightning"
    keras              KerasSchedule and ScheduleCallback; extra "keras"
    torch              TorchSchedule, called after each update, and attach, which needs no call; extra "torch"
    _torch_driver      what both have in common
    _torch_attached    attach: by the optimizer's own step hooks
    _torch_request     a cooldown on request, agreed by all ranks
    _torch_clock       what a schedule counts, if not updates: tokens through a plan, progress, seconds
    _stopwatch         training seconds, over restarts and agreed by all ranks
    _torch_groups      the rates of an optimizer's parameter groups, found and written
    _torch_field       another number than the rate: weight_decay, betas[0]
    _state             what a checkpoint of any host holds, and what is said of one that does not fit

optax needs none: a schedule is already an optax schedule. Nothing is imported here.
"""
