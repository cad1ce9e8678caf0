"""``stepsize peers``: the same words in every library, the numbers, and what can be typed."""

import pytest

import stepsize as ss
from stepsize.twins.same_words import Words, peers_of

SAID = "warmup 10, cosine to 0.1, 100 steps"
ASKED = Words(10, 100, "cosine", 0.1)


def test_a_row_for_each_library(stepsize):
    code, out, err = stepsize("peers", SAID)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "warmup 10, cosine from 1 to 0.1, 100 steps: the rate that each library applies"
    for name, (_, s) in peers_of(ASKED).items():
        (row,) = [line for line in lines if line.startswith(f"{name} ") and "%" in line]
        cells = row.removeprefix(name).split()
        assert [float(cell) for cell in cells[:6]] == pytest.approx(
            [s(k) for k in (0, 1, 9, 10, 98, 99)], rel=1e-3
        )
        assert cells[6:] == [f"{100 * ASKED.farthest(s):.1f}%"]
    assert "┤" in out
    assert max(map(len, lines)) <= 80


def test_what_is_typed_for_each_is_a_schedule(stepsize):
    lines = stepsize("peers", SAID, "--calls").out.splitlines()
    assert len(lines) == len(peers_of(ASKED))
    for line in lines:
        name, _, call = line.partition("  ")
        assert ss.parse(call) == peers_of(ASKED)[name][1]


def test_a_long_run_takes_no_longer(stepsize):
    code, out, _ = stepsize("peers", "warmup 2k, cosine to 3e-5, 10M steps, peak 3e-4")
    assert code == 0
    assert "9999999" in out


@pytest.mark.parametrize(("words", "error"), [
    ([], "Missing argument 'WORDS'."),
    (["bla"], "words: must be of the form"),
    (["warmup 10, cosine to 0.1"], "words: must be of the form"),
])  # fmt: skip
def test_what_is_wrong(stepsize, words, error):
    code, out, err = stepsize("peers", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"stepsize: {error}")
