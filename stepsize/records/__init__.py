"""What a training run leaves behind: plain records that one room makes and another reads.

run      Run, Row, Race     what the lab writes: every update of a run, strictly stored; laws and plots read it
trace    Trace              what anybody's log says of a run: some of its updates, as the log has them
"""

from stepsize.records.run import FORMAT as FORMAT
from stepsize.records.run import LARGEST_FILE as LARGEST_FILE
from stepsize.records.run import Race as Race
from stepsize.records.run import Row as Row
from stepsize.records.run import Run as Run
from stepsize.records.run import load as load
from stepsize.records.run import save as save
from stepsize.records.trace import Trace as Trace
