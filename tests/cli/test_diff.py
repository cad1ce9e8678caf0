"""``stepsize diff``: what it says of two schedules, and its exit codes."""

import pytest

import stepsize as ss
from stepsize.difference import compare

A, B = "0 -> 1 in 10; -> 0.1 cosine in 90", "(0 -> 1 in 10; -> 0.1 cosine in 90)[1:]"


def test_what_differs_and_why(stepsize):
    code, out, err = stepsize("diff", A, B)
    assert (code, err) == (1, "")
    assert out.startswith(f"a {A}\nb linear(0.0, 1.0, 10)[1:10] >> cosine(1.0, 0.1, 90)\n")
    assert out.endswith(f"{compare(ss.parse(A), ss.parse(B), 100)}\n")
    assert "shifted: update k of the second is update k + 1 of the first" in out
    assert "┤" in out


def test_the_same(stepsize):
    said = f"a {A}\nb {A}\nThe same, in 100 updates and after them.\n"
    assert stepsize("diff", A, A) == (0, said, "")
    twin = "twin:torch.CosineAnnealingLR(0.1, T_max=100)"
    assert stepsize("diff", "0.1 -> 0 cosine in 100", twin).code == 0


def test_quiet_says_it_by_its_exit_code(stepsize):
    assert stepsize("diff", A, B, "--quiet") == (1, "", "")
    assert stepsize("diff", A, A, "--quiet") == (0, "", "")


def test_shares_and_the_tolerance(stepsize):
    assert stepsize("diff", "0 -> 1 in 10%; -> 0.1 cosine", A, "--steps", "100").code == 0
    assert stepsize("diff", "1", "1.0001", "--tolerance", "1e-3").code == 0


@pytest.mark.parametrize(("words", "error"), [
    (["1"], "Missing argument 'B'."),
    (["1", "1 on tokens"], "SCHEDULE: schedules that are shown together must count on one clock; got 'steps, tokens'."),
    (["1", "2", "--tolerance", "2"], "--tolerance: must be in [0, 1); got 2.0."),
    (["1", "twin:torch.CosinAnnealingLR(1, 2)"], 'twins.torch: must name a schedule; got \'CosinAnnealingLR\'. Did you mean "CosineAnnealingLR"?'),
])  # fmt: skip
def test_what_is_wrong(stepsize, words, error):
    code, out, err = stepsize("diff", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"stepsize: {error}")
