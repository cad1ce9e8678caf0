"""Plots: what to show is computed first, as plain data, and only then drawn.

    numerals    how a number is written in a picture or a table
    thinning    long curves made short without losing what the eye looks for
    spans       what an axis covers, so that one exploding run does not flatten all others
    curves      a race as the lines and bands of its panels
    whiskers    a race as its differences to the best, with intervals
    inline      SVG that lives inside a page: its colours, identifiers and numbers
    canvas      matplotlib under our own settings, and bare axes (extra "plot")
    draw        the two kinds of picture
    wording     the sentences: what is seen, what may be concluded
    sensitivity how the last loss depends on the peak
    panels      plain curves beside one another in a file
    page        the report's HTML, without its pictures
    report      :func:`~stepsize.plots.report.write`: the whole file
    schedules   schedules as a picture in a file
    logs        rates, losses and phases of logs; logs_terminal and logs_file draw them

Nothing is imported here, so that the data can be had without matplotlib.
"""
