"""The schedulers of Composer, ``composer.optim.scheduler``: factors of the trainer's time.

The trainer steps them before its time advances, so update k > 0 has the rate of batch k - 1, and a warmup from 0 makes
two updates at 0. Stepped by epochs they are not late. Theirs are made without the optimizer and give factors; here
``lr``, the base rate of a parameter group, stands first, and what the trainer knows stands last, by name.

Times are "10ba" (batches, an update each), "3ep" (epochs) or "0.3dur" (a share of the run). Samples, tokens, iterations
and seconds are refused.
"""

from stepsize.twins._composer_curves import CosineAnnealingScheduler as CosineAnnealingScheduler
from stepsize.twins._composer_curves import (  # the name is long
    CosineAnnealingWarmRestartsScheduler as CosineAnnealingWarmRestartsScheduler,
)
from stepsize.twins._composer_curves import LinearScheduler as LinearScheduler
from stepsize.twins._composer_curves import PolynomialScheduler as PolynomialScheduler
from stepsize.twins._composer_drops import ConstantScheduler as ConstantScheduler
from stepsize.twins._composer_drops import ExponentialScheduler as ExponentialScheduler
from stepsize.twins._composer_drops import MultiStepScheduler as MultiStepScheduler
from stepsize.twins._composer_drops import StepScheduler as StepScheduler
from stepsize.twins._composer_warmups import ConstantWithWarmupScheduler as ConstantWithWarmupScheduler
from stepsize.twins._composer_warmups import (  # the name is long
    CosineAnnealingWithWarmupScheduler as CosineAnnealingWithWarmupScheduler,
)
from stepsize.twins._composer_warmups import LinearWithWarmupScheduler as LinearWithWarmupScheduler
from stepsize.twins._composer_warmups import MultiStepWithWarmupScheduler as MultiStepWithWarmupScheduler
from stepsize.twins._composer_warmups import PolynomialWithWarmupScheduler as PolynomialWithWarmupScheduler
from stepsize.twins._names import suggesting

__getattr__ = suggesting(__name__)
