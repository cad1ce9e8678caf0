"""Logs that others wrote: read them, say which schedule they follow, and hold them against the one that was meant.

read        a log of any kind becomes a ``records.Trace``
identify    a trace becomes an ``Identified``: phases, schedule, peers, and what is odd
audit       a trace and a plan become an ``Audit``: the first departure, its kind, how much of the run it covers
"""

from stepsize.logs.audit import Audit as Audit
from stepsize.logs.audit import audit as audit
from stepsize.logs.identified import Identified as Identified
from stepsize.logs.identified import Part as Part
from stepsize.logs.identified import Peer as Peer
from stepsize.logs.identified import Suspicion as Suspicion
from stepsize.logs.identifying.identify import identify as identify
from stepsize.logs.reading import detect as detect
from stepsize.logs.reading import read as read
