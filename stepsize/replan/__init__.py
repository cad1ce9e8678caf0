"""Change a schedule on purpose, while its run goes on or after it: pure functions from a schedule to a schedule.

    keep            nothing changes; after its end the rate is held
    rescale         the whole curve, laid over another number of updates
    extend          from the present rate to an end, over the updates that are left
    cooldown        from the present rate down, over so many updates
    append          more phases after the end
    rewarm          up again to a peak, and down to an end
    truncate        stop here, and hold the rate
    change_batch    another batch size from here on: fewer or more updates, at another rate
    branches        the cooldowns of one trunk run

Up to ``at`` what comes back equals the schedule as it was, but for ``rescale``. :func:`explain` shows both.
"""

from stepsize.replan.changes import append as append
from stepsize.replan.changes import change_batch as change_batch
from stepsize.replan.changes import cooldown as cooldown
from stepsize.replan.changes import extend as extend
from stepsize.replan.changes import keep as keep
from stepsize.replan.changes import rescale as rescale
from stepsize.replan.changes import rewarm as rewarm
from stepsize.replan.changes import truncate as truncate
from stepsize.replan.shown import Change as Change
from stepsize.replan.shown import explain as explain
from stepsize.replan.trunk import Branch as Branch
from stepsize.replan.trunk import branches as branches
