"""Clocks that count what updates take: a plan says how many samples or tokens each update takes, and converts.

A batch that grows is a schedule, too. A schedule on the clock "samples" or "tokens" and the plan beside it say which
rate update k uses, s(plan.after(k)). All of it is counted in whole numbers, so that nothing drifts.

plan        Plan: what each update takes, and the sums of that
through     a schedule in updates becomes one in samples or tokens, and back
"""

from stepsize.clocks.plan import COUNTED as COUNTED
from stepsize.clocks.plan import Plan as Plan
from stepsize.clocks.plan import planned as planned
from stepsize.clocks.through import through as through
