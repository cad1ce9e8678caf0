"""The schedulers of NeMo, ``nemo.core.optim.lr_scheduler``: ``step()`` after each update, the first update at index 0.

The optimizer is replaced by ``lr``, the base rate of a parameter group; of several groups each has a twin of its own.
Those that it takes from PyTorch (StepLR, ExponentialLR, ...) are in ``twins.torch``.
"""

from stepsize.twins._names import suggesting
from stepsize.twins._nemo_annealing import CosineAnnealing as CosineAnnealing
from stepsize.twins._nemo_annealing import PolynomialDecayAnnealing as PolynomialDecayAnnealing
from stepsize.twins._nemo_annealing import SquareAnnealing as SquareAnnealing
from stepsize.twins._nemo_annealing import SquareRootAnnealing as SquareRootAnnealing
from stepsize.twins._nemo_annealing import WarmupAnnealHoldPolicy as WarmupAnnealHoldPolicy
from stepsize.twins._nemo_annealing import WarmupAnnealing as WarmupAnnealing
from stepsize.twins._nemo_annealing import WarmupPolicy as WarmupPolicy
from stepsize.twins._nemo_hold import NoamHoldAnnealing as NoamHoldAnnealing
from stepsize.twins._nemo_hold import PolynomialHoldDecayAnnealing as PolynomialHoldDecayAnnealing
from stepsize.twins._nemo_hold import WarmupHoldAnnealLinear as WarmupHoldAnnealLinear
from stepsize.twins._nemo_hold import WarmupHoldAnnealOneMinusSquareRoot as WarmupHoldAnnealOneMinusSquareRoot
from stepsize.twins._nemo_hold import WarmupHoldPolicy as WarmupHoldPolicy
from stepsize.twins._nemo_powers import InverseSquareRootAnnealing as InverseSquareRootAnnealing
from stepsize.twins._nemo_powers import NoamAnnealing as NoamAnnealing
from stepsize.twins._nemo_powers import SquareRootConstantPolicy as SquareRootConstantPolicy
from stepsize.twins._nemo_powers import T5InverseSquareRootAnnealing as T5InverseSquareRootAnnealing

__getattr__ = suggesting(__name__)
