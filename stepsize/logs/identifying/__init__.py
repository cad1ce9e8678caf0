"""How a log's schedule is found, in the order in which it goes.

series       one rising series of a log that goes back and repeats; rounding, how far each rate may be off
thinning     the few rows that tell the curve
stretches    cut into stretches that are one curve each; curves, the families and their best fits
pieces       every curve as a ramp between two points
chain        the pieces joined at corners and jumps, fitted together, and the intervals that the rows leave
restarts     a schedule that began anew at a resume, taken back
offset       which update a row shows
parts        the phases with round numbers; round, what those are; joints and ends, where phases meet, begin and end
built        a schedule of ours from the phases
peers        the calls of other libraries that give the same; peers.toml, what they are
suspicions   what is odd
identify     all of it
"""
