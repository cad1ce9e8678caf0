"""The schedules of DeepSpeed, ``deepspeed.runtime.lr_schedules``, stepped by its engine after each update.

The first step of the engine gives position 0 again, so two updates run at the start of a warmup. The optimizer is
replaced by ``lr``, the base rate of a parameter group; a rate that theirs takes as a list has one number here.
``last_batch_iteration``, which is for resuming, is left out: a twin is asked for any update.
"""

from stepsize.twins._deepspeed_cycles import LRRangeTest as LRRangeTest
from stepsize.twins._deepspeed_cycles import OneCycle as OneCycle
from stepsize.twins._deepspeed_warmups import WarmupCosineLR as WarmupCosineLR
from stepsize.twins._deepspeed_warmups import WarmupDecayLR as WarmupDecayLR
from stepsize.twins._deepspeed_warmups import WarmupLR as WarmupLR
from stepsize.twins._names import suggesting

__getattr__ = suggesting(__name__)
