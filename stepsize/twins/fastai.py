"""The schedules of fastai, ``fastai.callback.schedule``: functions of the share of the training before each batch.

The annealers take ``steps``, the updates of the training; without it positions are shares of it, as theirs are. The
ways to fit take ``lr``, the rate of the Learner, where theirs are methods of it, and ``updates_per_epoch``. Theirs put
shares together in float32; ours are exact. Momentum is not of the rate.
Checked against that file of theirs alone, without the rest of fastai.
"""

from stepsize.twins._fastai_fits import LRFinder as LRFinder
from stepsize.twins._fastai_fits import fine_tune as fine_tune
from stepsize.twins._fastai_fits import fit_flat_cos as fit_flat_cos
from stepsize.twins._fastai_fits import fit_one_cycle as fit_one_cycle
from stepsize.twins._fastai_fits import fit_sgdr as fit_sgdr
from stepsize.twins._fastai_scheds import SchedCos as SchedCos
from stepsize.twins._fastai_scheds import SchedExp as SchedExp
from stepsize.twins._fastai_scheds import SchedLin as SchedLin
from stepsize.twins._fastai_scheds import SchedNo as SchedNo
from stepsize.twins._fastai_scheds import SchedPoly as SchedPoly
from stepsize.twins._fastai_scheds import combine_scheds as combine_scheds
from stepsize.twins._fastai_scheds import combined_cos as combined_cos
from stepsize.twins._names import suggesting

__getattr__ = suggesting(__name__)
