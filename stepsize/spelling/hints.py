"""What a reader may have meant: the nearest word, or the one that stands here for what others say."""

from collections.abc import Iterable

from stepsize import shapes
from stepsize.errors import did_you_mean

_CALLED = {
    "to": '"->"',
    "until": '"in" and a length',
    "over": '"in"',
    "during": '"for"',
    "then": '";"',
    ",": '";" between phases, and 10000 or 10k for 10,000',
    "x": '"repeat 3"',
    "times": '"repeat 3"',
    "constant": '"hold for 500", or "3e-4 for 500"',
    "const": '"hold for 500", or "3e-4 for 500"',
    "flat": '"hold for 500", or "3e-4 for 500"',
    "stay": '"hold for 500", or "3e-4 for 500"',
    "warmup": '"0 -> 3e-4 in 500"',
    "warm": '"0 -> 3e-4 in 500"',
    "cooldown": '"-> 0 in 500"',
    "exponential": '"geometric"',
    "exp": '"geometric"',
    "poly": '"power(2)"',
    "polynomial": '"power(2)"',
    "cos": '"cosine"',
    "sqrt": '"one_minus_sqrt"',
    "forever": "nothing: a last rate stays, and a repeat without a count goes on",
    "ss": 'the call without "ss."',
    "inverse_sqrt": '"power_law(timescale=1000, exponent=0.5)"',
    "rest": "nothing: a phase without a length takes the rest",
    "of": '"5%", without more',
    "iterations": '"steps"',
}


def hint(word: str, known: Iterable[str] = ()) -> str:
    """The remedy for a word that is not expected."""
    return f"Write {_CALLED[word]}." if word in _CALLED else did_you_mean(word, known)


def behind(word: str) -> str:
    """The remedy where a phase begins with the name of a shape."""
    return f'The shape stands behind the rate: "3e-4 -> 0 {word} in 500".' if word in shapes.KNOWN else ""
