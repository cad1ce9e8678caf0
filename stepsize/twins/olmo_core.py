"""The schedulers of OLMo-core, ``olmo_core.optim.scheduler``: set before each update, which already counts itself.

So the first update has c = 1, and the last one c = max_steps. The optimizer is replaced by ``lr``, the initial rate
of a parameter group; what theirs reads off the trainer, max_steps or max_tokens, is given by keyword.
"""

from stepsize.twins._names import suggesting
from stepsize.twins._olmo_core_cosine import CosWithWarmup as CosWithWarmup
from stepsize.twins._olmo_core_cosine import CosWithWarmupAndLinearDecay as CosWithWarmupAndLinearDecay
from stepsize.twins._olmo_core_cosine import HalfCosWithWarmup as HalfCosWithWarmup
from stepsize.twins._olmo_core_cosine import InvSqrtWithWarmup as InvSqrtWithWarmup
from stepsize.twins._olmo_core_cosine import LinearWithWarmup as LinearWithWarmup
from stepsize.twins._olmo_core_stable import WSD as WSD
from stepsize.twins._olmo_core_stable import ConstantScheduler as ConstantScheduler
from stepsize.twins._olmo_core_stable import ConstantWithWarmup as ConstantWithWarmup
from stepsize.twins._olmo_core_stable import ExponentialScheduler as ExponentialScheduler
from stepsize.twins._olmo_core_stable import PowerLR as PowerLR
from stepsize.twins._olmo_core_stages import WSDS as WSDS
from stepsize.twins._olmo_core_stages import ComposableScheduler as ComposableScheduler
from stepsize.twins._olmo_core_stages import SequentialScheduler as SequentialScheduler

__getattr__ = suggesting(__name__)
