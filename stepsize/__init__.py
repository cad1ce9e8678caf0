"""Learning-rate schedules as values.

A schedule is an immutable value that maps a position, the number of updates already applied, to a rate;
schedules are built from smaller ones.

>>> import stepsize as ss
>>> s = ss.warmup_cosine(3e-4, 10_000, warmup=1_000, end=3e-5)
>>> s(0), s(1_000), s(10_000)
(0.0, 0.0003, 3e-05)
"""

from stepsize import adaptive as adaptive
from stepsize import published as published
from stepsize import replan as replan
from stepsize import shapes as shapes
from stepsize import tails as tails
from stepsize import twins as twins
from stepsize.difference import compare as compare
from stepsize.errors import CheckpointError as CheckpointError
from stepsize.errors import HorizonNeeded as HorizonNeeded
from stepsize.errors import MissingExtra as MissingExtra
from stepsize.errors import ScheduleError as ScheduleError
from stepsize.errors import ScheduleTypeError as ScheduleTypeError
from stepsize.horizon import Horizon as Horizon
from stepsize.recipes import cosine_annealing as cosine_annealing
from stepsize.recipes import d2z as d2z
from stepsize.recipes import infinite as infinite
from stepsize.recipes import inverse_sqrt as inverse_sqrt
from stepsize.recipes import linear_warmup as linear_warmup
from stepsize.recipes import minicpm as minicpm
from stepsize.recipes import multi_step as multi_step
from stepsize.recipes import one_cycle as one_cycle
from stepsize.recipes import polynomial_decay as polynomial_decay
from stepsize.recipes import power as power
from stepsize.recipes import power_decay as power_decay
from stepsize.recipes import sgdr as sgdr
from stepsize.recipes import step_decay as step_decay
from stepsize.recipes import triangular as triangular
from stepsize.recipes import warmup_cosine as warmup_cosine
from stepsize.recipes import warmup_linear as warmup_linear
from stepsize.recipes import wsd as wsd
from stepsize.recipes import wsd_s as wsd_s
from stepsize.schedule import Phase as Phase
from stepsize.schedule import Schedule as Schedule
from stepsize.schedule import cosine as cosine
from stepsize.schedule import decay as decay
from stepsize.schedule import exponential as exponential
from stepsize.schedule import from_dict as from_dict
from stepsize.schedule import hold as hold
from stepsize.schedule import linear as linear
from stepsize.schedule import polynomial as polynomial
from stepsize.schedule import ramp as ramp
from stepsize.schedule import table as table
from stepsize.spelling import needs_horizon as needs_horizon
from stepsize.spelling import parse as parse

__version__ = "0.1.0"
