"""The schedulers of MMEngine, ``mmengine.optim.scheduler``: ``step()`` after each update, or each epoch.

The optimizer is replaced by ``lr``, the base rate of a parameter group. Each moves the rate within its window, from
``begin`` to ``end``, and leaves it elsewhere. Theirs count epochs unless told ``by_epoch=False``: then give
``updates_per_epoch``, and the rate changes with the epochs. A list of them, as configs have it, is ``together``.
In the formulas t counts what the scheduler counts.
"""

from stepsize.twins._mmengine_steps import ConstantLR as ConstantLR
from stepsize.twins._mmengine_steps import ExponentialLR as ExponentialLR
from stepsize.twins._mmengine_steps import LinearLR as LinearLR
from stepsize.twins._mmengine_steps import MultiStepLR as MultiStepLR
from stepsize.twins._mmengine_steps import PolyLR as PolyLR
from stepsize.twins._mmengine_steps import StepLR as StepLR
from stepsize.twins._mmengine_together import together as together
from stepsize.twins._mmengine_waves import CosineAnnealingLR as CosineAnnealingLR
from stepsize.twins._mmengine_waves import CosineRestartLR as CosineRestartLR
from stepsize.twins._mmengine_waves import OneCycleLR as OneCycleLR
from stepsize.twins._mmengine_waves import ReduceOnPlateauLR as ReduceOnPlateauLR
from stepsize.twins._names import suggesting

__getattr__ = suggesting(__name__)
