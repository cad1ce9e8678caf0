"""One line for a schedule: what it means, that printing is its inverse, and what is said of a wrong one."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import stepsize as ss
from stepsize.spelling.words import MOST_CHARACTERS
from tests.strategies import lengths, positive, rates, shapes, trees
from tests.zoo import ZOO

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text()
RUN = ss.Horizon(10_000, steps_per_epoch=100, tokens_per_step="4M", samples_per_step=256)
inf = float("inf")

MEANS = {
    "3e-4": ss.hold(3e-4, 10_000),
    "0 -> 3e-4 in 5%; -> 3e-5 cosine": ss.warmup_cosine(3e-4, 10_000, warmup=500, end=3e-5),
    "0 → 3e-4 in 5 %; -> 3e-5 cosine;": ss.warmup_cosine(3e-4, 10_000, warmup=500, end=3e-5),
    "0 -> 3e-4 in 500; -> 3e-5 in 9500 cosine": ss.warmup_cosine(3e-4, 10_000, warmup=500, end=3e-5),
    "0 -> 3e-4\n  for 500 ;\n-> 3e-5 cosine in 9_500 steps": ss.warmup_cosine(3e-4, 10_000, warmup=500, end=3e-5),
    "0 -> 3e-4 in 5%; hold; -> 0 one_minus_sqrt in 20%": ss.wsd(3e-4, 10_000, warmup=500, decay=2000, shape="one_minus_sqrt"),
    "0.1 for 30 epochs; 0.01 for 30 epochs; 1e-3": ss.hold(0.1, 3000) >> ss.hold(0.01, 3000) >> ss.hold(1e-3, 4000),
    "(0.1 -> 0.001 cosine in 1k) repeat 3 growth 2": ss.sgdr(0.1, 1000, end=0.001, growth=2, cycles=3),
    "(0.1 -> 0.001 cosine in 1k) repeat 3 times growth 2 decay 0.5 floor 0": ss.cosine(0.1, 0.001, 1000).repeat(3, growth=2, decay=0.5, floor=0),
    "(1e-4 -> 1e-2 in 500; -> 1e-4 in 500) repeat": ss.triangular(1e-4, 1e-2, 500),
    "0 -> 1e-3 in 4k; decay power_law(4000, 0.5)": ss.inverse_sqrt(1e-3, 4000)[:10_000],
    "0 -> 1e-3 in 4k; decay power_law(timescale=4000, exponent=0.5)": ss.inverse_sqrt(1e-3, 4000)[:10_000],
    "1e-2 decay exponential(every=5000, factor=0.5)": ss.decay(1e-2, "exponential(0.5, 5000)", 10_000),
    "1e-2 decay exponential(0.5, every=5000) for 20k": ss.decay(1e-2, "exponential(0.5, 5000)", 20_000),
    "(1e-3 -> 0 in 10) repeat growth=2 cycles 3": ss.linear(1e-3, 0, 10).repeat(3, growth=2),
    "1e-2 decay exponential(0.5, 5000) for 20k": ss.decay(1e-2, "exponential(0.5, 5000)", 20_000),
    "0.5 -> 1 in 10; 0.2 -> 0 power(2) in 10": ss.linear(0.5, 1, 10) >> ss.polynomial(0.2, 0, 10, power=2),
    "0 -> 1 in 0; -> 0 in 10": ss.linear(1, 0, 10),
    "0 -> 1 in 10; 0.5 for 0": ss.linear(0, 1, 10) >> ss.hold(0.5, 0),
    "1 -> 0 in 0.5 steps": ss.linear(1, 0, 0.5),
    "1 -> 0 in 2.5": ss.linear(1, 0, 2.5),
    "-1 -> 1 in 2M": ss.linear(-1, 1, 2_000_000),
    "1 -> 0 in 0.1k": ss.linear(1, 0, 100),
    "1 -> 0 in 2K": ss.linear(1, 0, 2000),
    "1 -> 0 in 2B tokens": ss.linear(1, 0, 500),
    "1 -> 0 in 256000 samples": ss.linear(1, 0, 1000),
    "1 -> 0 in 2B tokens on tokens": ss.linear(1, 0, 2 * 10**9).on("tokens"),
    "0 -> 1 in 5%; -> 0 on tokens": ss.warmup_linear(1, 40 * 10**9, warmup=2 * 10**9).on("tokens"),
    "0 -> 1 in 500 steps; -> 0 on tokens": ss.warmup_linear(1, 40 * 10**9, warmup=2 * 10**9).on("tokens"),
    "1 -> 0 in 2h": ss.linear(1, 0, 7200).on("seconds"),
    "0 -> 1 in 90s; -> 0 in 1.5 min": (ss.linear(0, 1, 90) >> ss.linear(1, 0, 90)).on("seconds"),
    "1 for 90 on seconds": ss.hold(1, 90).on("seconds"),
    "1 -> 0 in 1d on seconds": ss.linear(1, 0, 86400).on("seconds"),
    "0 -> 1 in 5%; -> 0 cosine on progress": (ss.linear(0, 1, 0.05) >> ss.cosine(1, 0, 0.95)).on("progress"),
    "warmup_cosine(3e-4, 10000, warmup=5%, end=3e-5)": ss.warmup_cosine(3e-4, 10_000, warmup="5%", end=3e-5),
    "warmup_cosine(3e-4, warmup='5%')": ss.warmup_cosine(3e-4, 10_000, warmup="5%"),
    "warmup_cosine(peak=3e-4, steps=20k, warmup=3 epochs)": ss.warmup_cosine(3e-4, 20_000, warmup=300),
    "warmup_cosine(3e-4, warmup='3 epochs')": ss.warmup_cosine(3e-4, 10_000, warmup=300),
    "wsd(1e-3, decay=20%, shape=power(2))": ss.wsd(1e-3, 10_000, decay="20%", shape="power(2)"),
    "wsd(1e-3, inf, warmup=10)": ss.wsd(1e-3, inf, warmup=10),
    "multi_step(0.1, [30k, 60k],)": ss.multi_step(0.1, [30_000, 60_000]),
    "wsd_s(1, (100, 200), decay=20, end=0.1)": ss.wsd_s(1, (100, 200), decay=20, end=0.1),
    "hold(0.1)": ss.hold(0.1),
    "linear(0, 1, 10) >> cosine(1, 0, 90)": ss.linear(0, 1, 10) >> ss.cosine(1, 0, 90),
    "linear(0, 1, 5%) >> hold(1)": ss.linear(0, 1, 500) >> ss.hold(1),
    "0.5 * sgdr(1, 10, cycles=3)": ss.sgdr(0.5, 10, cycles=3),
    "sgdr(1, 10, cycles=3) / 4; hold for 5": ss.sgdr(0.25, 10, cycles=3) >> ss.hold(0, 5),
    "sgdr(1, 10) * linear(0, 1, 5) + hold(0.5)": ss.sgdr(1, 10) * ss.linear(0, 1, 5) + ss.hold(0.5),
    "(0 -> 1 in 10; -> 0 in 5)[3:12]": (ss.linear(0, 1, 10) >> ss.linear(1, 0, 5))[3:12],
    "linear(0, 1, 10)[1:]": ss.linear(0, 1, 10)[1:],
    "cosine(1, 0, 20).clip(low=0.2, high=None).staircase(3).stretch(steps=40)": ss.cosine(1, 0, 20).clip(0.2).staircase(3).stretch(steps=40),
    "cosine(1, 0, 20).repeat(3, growth=2).on('tokens')": ss.cosine(1, 0, 20).repeat(3, growth=2).on("tokens"),
    "0.5 * (0 -> 1 in 5%; -> 0)": ss.warmup_linear(0.5, 10_000, warmup=500),
    "((0 -> 1 in 5%; -> 0))[1:]": ss.warmup_linear(1, 10_000, warmup=500)[1:],
    "table([0.1, 2e-1,]); -> 0 in 5": ss.table([0.1, 0.2]) >> ss.linear(0.2, 0, 5),
    "published:llama2_70b(steps=500k)": ss.published.llama2_70b(steps=500_000),
    "published:gpt3": ss.published.gpt3(steps=10_000),
    "2 * published:gpt3": ss.published.gpt3(steps=10_000) * 2,
}  # fmt: skip


@pytest.mark.parametrize("text", MEANS)
def test_a_spelling_means(text):
    assert ss.parse(text, RUN) == MEANS[text]


def test_without_a_horizon_the_last_phase_goes_on_for_ever():
    assert ss.parse("3e-4") == ss.hold(3e-4)
    assert ss.parse("0 -> 1 in 5; hold") == ss.linear(0, 1, 5) >> ss.hold(1)
    assert ss.parse("0 -> 1 in 5; decay power_law(5, 0.5)") == ss.inverse_sqrt(1, 5)
    assert ss.parse("0 -> 6e-5 in 375M tokens; hold on tokens") == (
        ss.linear(0, 6e-5, 375_000_000) >> ss.hold(6e-5)
    ).on("tokens")
    assert ss.parse("published:gpt3") == ss.published.gpt3()


def test_what_a_run_leaves_open_goes_on_for_ever_too():
    each = ss.Horizon(steps_per_epoch=100)
    assert ss.parse("0 -> 1 in 5 epochs; hold", each) == ss.linear(0, 1, 500) >> ss.hold(1)


def test_tokens_alone_are_a_run_of_tokens():
    run = ss.Horizon(tokens="300B")
    s = ss.warmup_cosine(6e-4, 300 * 10**9, warmup=15 * 10**9, end=6e-5).on("tokens")
    assert ss.parse("0 -> 6e-4 in 5%; -> 6e-5 cosine on tokens", run) == s
    assert ss.parse("0 -> 6e-4 in 15B tokens; -> 6e-5 cosine on tokens", run) == s
    with pytest.raises(ss.HorizonNeeded, match="to count updates it needs tokens_per_step"):
        ss.parse("0 -> 6e-4 in 5%; -> 6e-5 cosine", run)


def test_every_spelling_in_the_table_of_the_page_is_read():
    table = PAGE.partition("\nMore of it:\n")[2].partition("\n## ")[0]
    spellings = re.findall(r"^\| `(.+?)` \|", table, re.M)
    assert len(spellings) >= 10
    for text in spellings:
        assert ss.parse(text, RUN).length > 0


def test_the_grammar_stands_on_the_page_in_25_lines():
    assert len(re.search(r"```ebnf\n(.*?)```", PAGE, re.S)[1].splitlines()) <= 25


# Printing is the inverse


@pytest.mark.parametrize("name", ZOO)
def test_every_schedule_of_the_zoo_is_read_again(name):
    s = ZOO[name]
    assert ss.parse(str(s)) == s
    assert ss.parse(repr(s)) == s


@settings(max_examples=300, deadline=None)
@given(trees(), st.sampled_from(["steps", "tokens", "seconds", "progress"]))
def test_random_trees_are_read_again(s, clock):
    s = s.on(clock)
    for text in (str(s), repr(s)):
        if len(text) <= MOST_CHARACTERS:
            assert ss.parse(text) == s


phases = st.one_of(
    st.builds(ss.hold, rates, lengths),
    st.builds(ss.ramp, rates, rates, lengths, shapes),
    st.builds(ss.exponential, positive, positive, lengths),
    st.builds(ss.decay, rates, st.sampled_from(["power_law(10, 0.5)", "exponential(0.5, 4)"]), lengths),
    st.builds(ss.table, st.lists(rates, min_size=1, max_size=3)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(phases, min_size=1, max_size=6), st.floats(0.001, 1000))
def test_random_chains_are_arrows_that_are_read_again(parts, factor):
    s = parts[0]
    for part in parts[1:]:
        s = s >> part
    s = s.stretch(factor)
    text = str(s)
    assert ">>" not in text
    assert ss.parse(text) == s


@settings(max_examples=300, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
@example(9.99999999e-5)
@example(5e-324)
@example(1.7976931348623157e308)
def test_any_rate_is_read_again(rate):
    assert ss.parse(str(ss.hold(rate, 5))).value == rate


def test_what_is_printed():
    assert str(ss.hold(3e-4)) == "3e-4"
    assert str(ss.hold(0.01, 10)) == "0.01 for 10"
    assert str(ss.linear(0, 1.5e-4, 500) >> ss.hold(1.5e-4)) == "0 -> 1.5e-4 in 500; hold"
    assert str(ss.linear(0, 1, 2.5) >> ss.linear(0.5, 0, 0.5)) == "0 -> 1 in 2.5; 0.5 -> 0 in 0.5 steps"
    assert str(ss.inverse_sqrt(1, 10)) == "0 -> 1 in 10; decay power_law(timescale=10, exponent=0.5)"
    assert str(ss.ramp(1, 0, 10, "tanh")) == "1 -> 0 tanh(-6, 3) in 10"
    assert str(ss.linear(0, 1, 375_000_000).on("tokens")) == "0 -> 1 in 375M on tokens"
    assert str(ss.linear(0, 1, 1_000_001)) == "0 -> 1 in 1000001"
    assert str(ss.linear(0, 1, 259_625_000_000)) == "0 -> 1 in 259.625B"
    assert str(ss.linear(0, 1, 9_974_834_176_000)) == "0 -> 1 in 9.974834176T"
    assert str(ss.linear(0, 1, 25_165_824_000.5)) == "0 -> 1 in 25165824000.5"
    assert str(ss.sgdr(1, 10)) == repr(ss.sgdr(1, 10)) == "cosine(1.0, 0.0, 10).repeat()"


# What is wrong

WRONG = {
    "0 -> 3e-4 in 5%; -> 3e-5 cosin": ('expected a shape, "in", "for" or ";"; got \'cosin\'. Did you mean "cosine"?', "cosin"),
    "0 -> 3e-4 over 500": ('expected a shape, "in", "for" or ";"; got \'over\'. Write "in".', "over"),
    "warmup 500 to 3e-4": ('expected a phase: a rate, "->", "hold", "(" or a call; got \'warmup\'. Write "0 -> 3e-4 in 500".', "warmup"),
    "cosine 3e-4 -> 0": ("expected \"(\" and the arguments of cosine; got '3e-4'. The shape stands behind the rate: \"3e-4 -> 0 cosine in 500\".", "3e-4"),
    "0 to 1 in 500": ('expected ";" and another phase, "on" and a clock, or the end; got \'to\'. Write "->".', "to"),
    "0 -> 1 in 10,000": ('expected ";" and another phase, "on" and a clock, or the end; got \',\'. Write ";" between phases, and 10000 or 10k for 10,000.', ","),
    "0 -> 1 in 0.5": ('less than one needs a unit; got 0.5. For a share write "50%", else "0.5 steps".', "0.5"),
    "0 -> 10% in 5": ("a rate is an absolute number; got '10%'. Write the rate itself, such as 3e-5.", "10%"),
    "0 -> 1 in 2m": ("the unit must be %, steps, epochs, tokens, samples, s, min, h or d, the multiple k, M, B or T; got 'm'. Write M for million, or min for minutes.", "2m"),
    "hold 1000": ('expected "for", ";" or the end; got \'1000\'. Write "hold for 500"; for another rate "3e-4 for 500".', "1000"),
    "-> 1 in 5": ('the first phase needs a rate to start from; got \'->\'. Name one: "0 -> 3e-4 in 500", or "3e-4 for 500".', "->"),
    "0 -> 1 in 5 in 6": ('expected ";" or the end; got \'in\'.', "in 6"),
    "0 -> 1 in -5": ("a length must be >= 0; got '-5'.", "-5"),
    "0 -> 1; hold; -> 0": ('only one phase may take the rest of the run; got \'hold\'. Give this one a length: "in 500", "in 5%".', "hold"),
    "1 for 5; 2 * (0 -> 1; -> 0 in 5)": ('in a part of the run each phase needs a length; got \'0\'. Write "in 500", or "in 5%".', "0 -> 1;"),
    "(0 -> 1; -> 0 in 5) repeat": ('in a part of the run each phase needs a length; got \'0\'. Write "in 500", or "in 5%".', "0 -> 1"),
    "hold(1); -> 0 in 5": ("this phase never ends, so nothing can follow it; got 'hold'. Give it a length.", "hold"),
    "0 -> 1 in 9k; hold; -> 0 in 20%": ("the other phases must fit into the run of 10000 steps; got 11000. Shorten one, or lengthen the run.", "hold"),
    "0 -> 1 in 60%; -> 0 in 60%": ("shares of the run may add up to 100%; got '120%'. Shorten one.", "60%"),
    "warmup_cosine(3e-4, warmup=100, end=10%)": ("end is an absolute number; got '10%'. Write the number itself, such as 3e-5.", "end=10%"),
    "sgdr(0.1, 1000, growth=50%)": ("growth is an absolute number; got '50%'. Write the number itself, such as 3e-5.", "growth=50%"),
    "hold(2h)": ("value is an absolute number; got '7200 seconds'.", "2h"),
    "0 -> 3e-4 linear 1000": ('expected "in" and a length, ";" or the end; got \'1000\'. Write "in 1000".', "1000"),
    "0 -> 1 in 30 min; hold; -> 0 in 1 hour": ("on the clock seconds each phase needs a length; got 'hold'. Write \"for 5h\".", "hold"),
    "ss.hold(1)": ('expected a phase: a rate, "->", "hold", "(" or a call; got \'ss\'. Write the call without "ss.".', "ss"),
    "0 -> 1 in 5; -> 0 in 2h": ("a number among times needs a unit; got '5'. Write 90s, or 2h.", "5;"),
    "0 -> 1 in 5% on seconds": ("shares of the run cannot be counted on the clock seconds; got '5%'. A schedule has one clock.", "5%"),
    "0 -> 1 in 5 on token": ("expected a clock, one of steps, samples, tokens, seconds, progress; got 'token'. Did you mean \"tokens\"?", "token"),
    "sgdr(1)": ("sgdr needs first; got 'sgdr'. It takes peak, first, growth, cycles, end, peak_decay.", "sgdr"),
    "sgdr(1, 10, cycle=3)": ("sgdr has no such argument; got 'cycle'. Did you mean \"cycles\"?", "cycle"),
    "sgdr(1, 10, 3)": ("sgdr takes the others by name; got '3'. It takes peak, first, growth, cycles, end, peak_decay.", "3"),
    "sgdr(1, 10, first=3)": ("arguments without a name come first, and each is given once; got 'first'.", "first"),
    "warmup_cosin(1, 2)": ('expected a phase: a rate, "->", "hold", "(" or a call; got \'warmup_cosin\'. Did you mean "warmup_cosine"?', "warmup_cosin"),
    "published:gpt33": ("must be the name of a published schedule; got 'gpt33'. Did you mean \"gpt3\"?", "gpt33"),
    "sgdr(1, 10).repat(2)": ("expected a verb, one of repeat, stretch, clip, staircase, on; got 'repat'. Did you mean \"repeat\"?", "repat"),
    "sgdr(1, 10) + 2": ("a sum joins schedules; got '+'.", "+"),
    "2 * 3": ("one side must be a schedule; got '*'.", "*"),
    "sgdr(1, 10) / hold(1)": ("only numbers divide; got '/'.", "/"),
    "0 -> 1 in 5 $": ("must be made of numbers, names and signs; got '$'.", "$"),
    "__import__('os')": ('expected a phase: a rate, "->", "hold", "(" or a call; got \'__import__\'.', "__import__"),
    "(" * 65 + "1" + ")" * 65: ("there may be 64 levels of brackets; got '('.", None),
    "sgdr(1, 10)" + "[0:]" * 257: ("one expression has at most 256 parts; got 'the end'.", None),
    "sgdr(1, 10)" + " * 1" * 257: ("one expression has at most 256 parts; got 'the end'.", None),
    "1 for " + "9" * 41: (f"a number has at most 40 digits; got '{'9' * 41}'.", "9"),
    "": ('expected a phase: a rate, "->", "hold", "(" or a call; got \'the end\'.', None),
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_spelling_is_refused_with_a_caret_under_the_fault(text):
    said, fault = WRONG[text]
    with pytest.raises(ss.ScheduleError) as caught:
        ss.parse(text, ss.Horizon(10_000))
    first, line, carets = str(caught.value).split("\n")
    assert first == f"parse: {said}"
    if fault is not None:
        assert line[carets.index("^") :].startswith(fault)


def test_what_a_phase_refuses_is_pointed_at_too():
    with pytest.raises(
        ss.ScheduleError, match=r"(?s)^sgdr.growth: must be a finite number > 0; got 0\.\n.*\n +\^\^\^\^$"
    ):
        ss.parse("1 for 5; sgdr(1, 10, growth=0)")


def test_in_a_long_line_only_the_place_is_shown():
    text = "1 for 5; " * 100 + "1 -> 0 cosin in 5; " + "1 for 5; " * 100
    with pytest.raises(ss.ScheduleError) as caught:
        ss.parse(text)
    _, line, carets = str(caught.value).split("\n")
    assert len(line) <= 80
    assert line[carets.index("^") :].startswith("cosin")


def test_the_line_with_the_fault_is_shown_of_several():
    with pytest.raises(ss.ScheduleError) as caught:
        ss.parse("0 -> 1 in 5;\n -> 0 cosin in 5;\n hold")
    assert str(caught.value).split("\n")[1:] == ["     -> 0 cosin in 5;", "          ^^^^^"]


@pytest.mark.parametrize("text", ["0 -> 1 in 5%; -> 0 in 5", "0 -> 1 in 3 epochs", "0 -> 1 in 2B tokens", "0 -> 1 in 5; -> 0",
                                  "hold; 1", "(0 -> 1 in 5%; 1 for 5)[1:]", "linear(0, 1, 5%)", "warmup_cosine(1)"])  # fmt: skip
def test_what_speaks_of_a_run_needs_a_horizon(text):
    if text != "hold; 1":
        with pytest.raises(ss.HorizonNeeded, match=r"need a horizon; got .*: Horizon\(\.\.\.\)\.\n"):
            ss.parse(text)
        assert ss.needs_horizon(text)


@pytest.mark.parametrize("text", ["3e-4", "0 -> 1 in 5; hold", "0 -> 1 in 2h", "0 -> 1 in 5%; -> 0 in 95% on progress", "published:gpt3",
                                  "0 -> 1 in 5 tokens on tokens", "warmup_cosine(1, 100, warmup=5%)"])  # fmt: skip
def test_what_does_not_needs_none(text):
    assert not ss.needs_horizon(text)


def test_only_a_text_and_a_horizon_are_read():
    with pytest.raises(ss.ScheduleTypeError, match=r"^parse: the spelling must be a text; got 3\."):
        ss.parse(3)
    with pytest.raises(
        ss.ScheduleTypeError, match=r"^parse: must be a Horizon; got 1000\. Write Horizon\(steps=\.\.\.\)\."
    ):
        ss.parse("1", 1000)
    with pytest.raises(
        ss.ScheduleError,
        match=r"^parse: a spelling has at most 6000 characters; got 6002\. Keep long tables as JSON",
    ):
        ss.parse("1;" * 3001)
