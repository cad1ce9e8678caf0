"""The schedulers of PyTorch, ``torch.optim.lr_scheduler``: ``step()`` after each update, the first update at index 0.

The optimizer is replaced by ``lr``, the base rate of a parameter group; of several groups each has a twin of its own.
Where theirs is stepped once an epoch, ``.stretch(updates_per_epoch).staircase(updates_per_epoch)`` says so.
"""

from stepsize.twins._names import suggesting
from stepsize.twins._torch_joined import ChainedScheduler as ChainedScheduler
from stepsize.twins._torch_joined import ReduceLROnPlateau as ReduceLROnPlateau
from stepsize.twins._torch_joined import SequentialLR as SequentialLR
from stepsize.twins._torch_steps import ConstantLR as ConstantLR
from stepsize.twins._torch_steps import ExponentialLR as ExponentialLR
from stepsize.twins._torch_steps import LambdaLR as LambdaLR
from stepsize.twins._torch_steps import LinearLR as LinearLR
from stepsize.twins._torch_steps import MultiplicativeLR as MultiplicativeLR
from stepsize.twins._torch_steps import MultiStepLR as MultiStepLR
from stepsize.twins._torch_steps import PolynomialLR as PolynomialLR
from stepsize.twins._torch_steps import StepLR as StepLR
from stepsize.twins._torch_waves import CosineAnnealingLR as CosineAnnealingLR
from stepsize.twins._torch_waves import CosineAnnealingWarmRestarts as CosineAnnealingWarmRestarts
from stepsize.twins._torch_waves import CyclicLR as CyclicLR
from stepsize.twins._torch_waves import OneCycleLR as OneCycleLR

__getattr__ = suggesting(__name__)
