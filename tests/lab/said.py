"""What is said of runs, whatever the numbers of the lines of ``work.py`` are."""

import re


def said(events, *what):
    """The texts of these events, by default of all that have one."""
    texts = (event.text for event in events if (event.what in what if what else event.text))
    return [re.sub(r"line \d+\)", "line #)", text) for text in texts]
