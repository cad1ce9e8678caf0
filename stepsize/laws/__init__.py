"""Laws of the loss: what another schedule would have given, from one or two finished runs, and how sure that is.

Curve               a finished run: the rate of every update, losses here and there
fit                 curves become a ``Law``: ``predict(rates)``, ``final(rates)``, ``gain(rates, over)``
Together            two laws as one
EffectiveRate       rates divided by the norm of the weights, for laws across peaks
Forecast            how low a run in mid-flight may still come, for early stopping

compare, cooldown_fraction, peak_for_horizon, extend_or_restart     advice
optimise                                                            the schedule that a law likes best
rules.warmup_steps, rules.peak_for_horizon                          rules of thumb, where there are no curves
omega, update_weights, refined                                      what needs no fit
"""

from stepsize.laws import rules as rules
from stepsize.laws.advice import Advice as Advice
from stepsize.laws.advice import compare as compare
from stepsize.laws.advice import cooldown_fraction as cooldown_fraction
from stepsize.laws.bounds import Bound as Bound
from stepsize.laws.bounds import omega as omega
from stepsize.laws.bounds import refined as refined
from stepsize.laws.bounds import update_weights as update_weights
from stepsize.laws.curve import Curve as Curve
from stepsize.laws.effective import EffectiveRate as EffectiveRate
from stepsize.laws.fit import fit as fit
from stepsize.laws.forecast import Forecast as Forecast
from stepsize.laws.horizons import extend_or_restart as extend_or_restart
from stepsize.laws.horizons import peak_for_horizon as peak_for_horizon
from stepsize.laws.law import Final as Final
from stepsize.laws.law import Gain as Gain
from stepsize.laws.law import HeldOut as HeldOut
from stepsize.laws.law import Law as Law
from stepsize.laws.optimise import Optimised as Optimised
from stepsize.laws.optimise import optimise as optimise
from stepsize.laws.rules import warmup_steps as warmup_steps
from stepsize.laws.together import Together as Together
