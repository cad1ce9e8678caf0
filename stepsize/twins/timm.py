"""The schedulers of timm, ``timm.scheduler``: stepped once an epoch, or with ``t_in_epochs=False`` once an update.

The optimizer is replaced by ``lr``, the base rate of a parameter group; where a group has an ``lr_scale``, multiply by
that: ``twins.timm.CosineLRScheduler(...) * lr_scale``. Driven as ``train.py`` does it:
``step(epoch + 1)`` after each epoch, or ``step_update(num_updates)`` after each update; until the first of these the
rate is the one that the constructor sets.
"""

from stepsize.twins._names import suggesting
from stepsize.twins._timm_cycles import CosineLRScheduler as CosineLRScheduler
from stepsize.twins._timm_cycles import PolyLRScheduler as PolyLRScheduler
from stepsize.twins._timm_cycles import TanhLRScheduler as TanhLRScheduler
from stepsize.twins._timm_factory import create_scheduler_v2 as create_scheduler_v2
from stepsize.twins._timm_steps import MultiStepLRScheduler as MultiStepLRScheduler
from stepsize.twins._timm_steps import PlateauLRScheduler as PlateauLRScheduler
from stepsize.twins._timm_steps import StepLRScheduler as StepLRScheduler
from stepsize.twins._timm_steps import WSDLRScheduler as WSDLRScheduler

__getattr__ = suggesting(__name__)
