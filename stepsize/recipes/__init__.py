"""The literature's schedules, each a short tree of phases with its formula and its source.

In all of them ``steps`` counts every update of the run, warmup included; ``warmup``, ``decay`` and the like are
updates, or a share such as ``"5%"`` of ``steps``; rates are absolute. What a recipe returns is an ordinary
schedule: print it, cut it, chain it.

    annealing   one way down            warmup_cosine, warmup_linear, polynomial_decay, ...
    cycles      up and down             sgdr, one_cycle, triangular
    stable      a flat part             wsd, minicpm, wsd_s, infinite
    falling     down for ever           step_decay, multi_step, inverse_sqrt, power
"""

from stepsize.recipes.annealing import cosine_annealing as cosine_annealing
from stepsize.recipes.annealing import d2z as d2z
from stepsize.recipes.annealing import linear_warmup as linear_warmup
from stepsize.recipes.annealing import polynomial_decay as polynomial_decay
from stepsize.recipes.annealing import power_decay as power_decay
from stepsize.recipes.annealing import warmup_cosine as warmup_cosine
from stepsize.recipes.annealing import warmup_linear as warmup_linear
from stepsize.recipes.cycles import one_cycle as one_cycle
from stepsize.recipes.cycles import sgdr as sgdr
from stepsize.recipes.cycles import triangular as triangular
from stepsize.recipes.falling import inverse_sqrt as inverse_sqrt
from stepsize.recipes.falling import multi_step as multi_step
from stepsize.recipes.falling import power as power
from stepsize.recipes.falling import step_decay as step_decay
from stepsize.recipes.stable import infinite as infinite
from stepsize.recipes.stable import minicpm as minicpm
from stepsize.recipes.stable import wsd as wsd
from stepsize.recipes.stable import wsd_s as wsd_s
