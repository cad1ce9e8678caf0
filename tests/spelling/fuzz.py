"""Mutated spellings: whatever is typed, a schedule or one error of ours, and soon. ``python -m tests.spelling.fuzz 1000000``."""

import random
import re
import string
import sys
import time

import stepsize as ss
from tests.spelling.test_spelling import MEANS, WRONG
from tests.zoo import ZOO

SEEDS = [*MEANS, *WRONG, *map(str, ZOO.values()), *map(repr, ZOO.values())]
WORDS = [
    *(word for seed in SEEDS for word in seed.replace(";", " ; ").replace("(", " ( ").replace(")", " ) ").split()),
    "1e999", "-", "0.5", "1e-999", "inf", "None", "[", "]", ":", "'", '"', "2h", "9" * 30, "growth", "repeat", "growth 1.0001",
]  # fmt: skip
NUMBERS = [
    *["0", "1", "2", "3", "10", "1000", "1_0", "2.5", "0.5", "1e-3", "1e5", "1e18", "1e19", "1e300", "1e-300", "1e999", "5%", "150%", "2k", "3M", "1T", "3h", "2min", "0.25", ".5", "7.", "-1"],
    "3 epochs", "2 tokens", "9" * 25, "1.00001", "1.001", "0.999", "inf", "None",
]  # fmt: skip
LETTERS = string.printable + "→µ٣\x00é"
SLOW = 0.05  # seconds of processor time
RUNS = [None, ss.Horizon(1000), ss.Horizon(999, steps_per_epoch=7.5, tokens_per_step=3, samples_per_step=2)]


def mutate(text: str, rng: random.Random) -> str:
    """The text after a few random changes."""
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        text = changed(text, rng)
    return text


def changed(text: str, rng: random.Random) -> str:
    """One change: a letter, a word, a piece cut out, doubled or put in, another number, brackets before it."""
    found = list(re.finditer(r"\d[\d.e-]*", text))
    if found and rng.random() < 0.4:
        number = rng.choice(found)
        return text[: number.start()] + rng.choice(NUMBERS) + text[number.end() :]
    at, to = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
    to = min(to, at + rng.choice((1, 3, 20)))
    between = {
        "letter": rng.choice(LETTERS),
        "word": f" {rng.choice(WORDS)} ",
        "cut": "",
        "doubled": text[at:to] * rng.choice((2, 3, 50)),
        "other": rng.choice(SEEDS),
    }
    kind = rng.choice([*between, "brackets"])
    if kind == "brackets":
        return rng.choice("([") * rng.choice((1, 70)) + text
    return text[:at] + between[kind] + text[to:]


def fuzz(count: int, seed: int) -> tuple[int, float, str]:
    """Parse ``count`` mutated spellings; how many were schedules, the slowest time, and its text.

    Raises:
        AssertionError: an exception that is not ours, or a parse slower than 50 ms.
    """
    rng = random.Random(seed)
    read, slowest, which = 0, 0.0, ""
    for k in range(count):
        text = mutate(rng.choice(SEEDS), rng)
        run = rng.choice(RUNS)
        taken, good = timed(text, run)
        if taken > SLOW:  # once more: the machine may have had something else to do
            taken = min(taken, timed(text, run)[0], timed(text, run)[0])
        assert taken <= SLOW, f"seed {seed}, {k}: {taken:.3f} s for {text!r}"
        read += good
        slowest, which = max((slowest, which), (taken, text))
    return read, slowest, which


def timed(text: str, run: ss.Horizon | None) -> tuple[float, bool]:
    before = time.process_time()
    try:
        s = ss.parse(text, run)
        good = True
    except ss.ScheduleError as error:
        good = False
        assert 0 < len(str(error)) < 1000, f"{len(str(error))} characters of error for {text!r}"
    except BaseException as error:
        raise AssertionError(f"{type(error).__name__} for {text!r}") from error
    taken = time.process_time() - before
    if good and len(str(s)) <= 6000:
        assert ss.parse(str(s)) == s, text
    return taken, good


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    read, slowest, which = fuzz(count, seed=1)
    print(
        f"{count} mutated spellings: {read} schedules, the others one error each; the slowest {slowest * 1000:.1f} ms, {which[:60]!r}"
    )
