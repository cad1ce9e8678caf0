"""The schedules of other libraries, each as one exact value: ``twins.torch.CosineAnnealingLR(0.1, T_max=100)``.

A twin is called as its peer is, with the base rate of the parameter group where theirs takes the optimizer. Update
for update over the run it gives the rate that the peer applies, driven as its documentation drives it: lags, floors
and off-by-ones included. Where a peer raises, so does its twin. What it does after its end (some rise again, some turn
negative), and what else a schedule had better not do, the twin does not copy; its docstring says what it gives instead.

    torch           torch.optim.lr_scheduler
    transformers    transformers.optimization, also by the names of lr_scheduler_type
    optax           optax.schedules
    keras           keras.optimizers.schedules
    timm            timm.scheduler
    ignite          ignite.handlers.param_scheduler
    pytorch_warmup  pytorch_warmup
    fastai          fastai.callback.schedule
    mmengine        mmengine.optim.scheduler
    composer        composer.optim.scheduler
    megatron        megatron.core.optimizer_param_scheduler
    deepspeed       deepspeed.runtime.lr_schedules
    nemo            nemo.core.optim.lr_scheduler
    fairseq         fairseq.optim.lr_scheduler
    torchtitan      torchtitan's lr_scheduler
    olmo_core       olmo_core.optim.scheduler
    nanogpt         nanoGPT's train.py
    maxtext         MaxText's create_learning_rate_schedule
    levanter        levanter.optim.config

None of them is imported here. Their table, with every convention, is ``docs/peers.md``.

>>> from stepsize import twins
>>> s = twins.torch.CosineAnnealingLR(0.1, T_max=100)
>>> s(0), round(s(50), 6), s(100)
(0.1, 0.05, 0.0)
"""

from importlib import import_module
from typing import Any

from stepsize.twins._names import PEERS, unknown
from stepsize.twins._names import UnknownTwin as UnknownTwin
from stepsize.twins._of import Found as Found
from stepsize.twins._of import of as of


def __getattr__(name: str) -> Any:
    if name in PEERS:
        return import_module(f"{__name__}.{name}")
    if name.startswith("_"):  # asked for by Python and its tools
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    raise unknown("twins", "must name a library", name, PEERS)


def __dir__() -> list[str]:
    return ["Found", "UnknownTwin", "of", *PEERS]
