"""How a log's schedule is found, in the order in which it goes.

series       one rising series of a log that goes back and repeats; rounding, how far each rate may be off
treads       a schedule that was stepped once an epoch, with a row for each
thinning     the few rows that tell the curve
stretches    cut into stretches that are one curve each; curves, the families, and fits, the best of each
pieces       every curve as a ramp between two points
joining      the pieces joined at corners and jumps; meeting, where two of them meet; chain, fitted together
bounds       what the rows leave open of each phase; intervals, of any number of a chain
restarts     a schedule that began anew at a resume, taken back
offset       which update a row shows
parts        the phases with round numbers; round and rounded, what those are; begins, joints and ends, where they lie;
             candidates, where the last may end
built        a schedule of ours from the phases
peers        the calls of other libraries that give the same; peers.toml, what they are
suspicions   what is odd
identify     all of it
"""
