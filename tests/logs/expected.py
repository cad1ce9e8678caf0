"""What a log must be identified as: phases within a percent, intervals that hold the truth."""

import math

ENDS = ("start", "stop", "first", "last")


def numbers(found):
    """Its phases, told as in ``formulas``."""
    return [(part.kind, *(getattr(part, end) for end in ENDS)) for part in found.parts]


def phases_are(found, told, near=0.01):
    """The kinds, and the ends: of lengths within a share of them, of rates within a share of the peak.

    A kind such as "power(2)" may be told with its number a share off.
    """
    assert [part.kind.partition("(")[0] for part in found.parts] == [
        kind.partition("(")[0] for kind, *_ in told
    ]
    peak = max(max(phase[3:]) for phase in told)
    for part, (kind, start, stop, first, last) in zip(found.parts, told, strict=True):
        slack = near * (stop - start) + 1e-9
        said = f"{part.kind} {part.start}..{part.stop} {part.first} -> {part.last}, for {kind} {start}..{stop} {first} -> {last}"
        assert abs(part.start - start) <= max(slack, near * start), said
        assert abs((part.stop - part.start) - (stop - start)) <= slack, said
        assert abs(part.first - first) <= near * peak, said
        assert abs(part.last - last) <= near * peak, said
        if "(" in kind:
            own = [float(text.partition("(")[2].rstrip(")")) for text in (part.kind, kind)]
            assert math.isclose(*own, rel_tol=near), said


def intervals_hold(found, told, hair=1e-9):
    """Each interval that the log leaves has the truth in it."""
    for part, (kind, start, stop, first, last) in zip(found.parts, told, strict=True):
        truth = {"start": start, "stop": stop, "first": first, "last": last, "length": stop - start}
        for end, value in truth.items():
            low, high = getattr(part, f"{end}_between")
            slack = hair * max(abs(value), 1e-9)
            assert low - slack <= value <= high + slack, f"{end} of {kind}: {value} is not in [{low}, {high}]"
