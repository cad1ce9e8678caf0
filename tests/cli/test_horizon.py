"""The options that say what a run is: they reach the horizon, and its messages speak of options."""

import json

import pytest

import stepsize as ss
from stepsize.cli import horizon

SHARE = "0 -> 1 in 50%; -> 0"
EPOCHS = "0 -> 1 in 1 epoch; -> 0 in 2 epochs"
RUNS = [
    (SHARE, ["--steps", "10k"], (0, 5000, 10_000)),
    (SHARE, ["--epochs", "3", "--steps-per-epoch", "1k"], (0, 1500, 3000)),
    (EPOCHS, ["--steps-per-epoch", "1k"], (0, 1000, 3000)),
    (EPOCHS, ["--dataset-size", "9", "--batch", "2", "--accumulation", "2"], (0, 3, 9)),
    (EPOCHS, ["--dataset-size", "9", "--batch", "2", "--accumulation", "2", "--no-flush-tail"], (0, 2, 6)),
    (EPOCHS, ["--dataset-size", "9", "--batch", "2", "--drop-last"], (0, 4, 12)),
    (EPOCHS, ["--dataset-size", "9", "--batch", "1", "--world-size", "3"], (0, 3, 9)),
    (SHARE, ["--tokens", "2B", "--tokens-per-step", "0.5M"], (0, 2000, 4000)),
    ("0 -> 1 in 64 samples", ["--samples-per-step", "32"], (0, 2)),
    ("0 -> 1 in 64 samples", ["--batch", "4", "--accumulation", "4", "--world-size", "2"], (0, 2)),
    ("0 -> 1 in 50%; -> 0 on tokens", ["--steps", "10", "--tokens-per-step", "1k"], (0, 5000, 10_000)),
    ("warmup_cosine(1, warmup=10%)", ["--steps", "100"], (0, 10, 100)),
    ("published:gpt1", ["--steps", "10k"], (0, 2000, 10_000)),
]


@pytest.mark.parametrize(("spelling", "words", "edges"), RUNS)
def test_options_reach_the_horizon(stepsize, spelling, words, edges):
    done = stepsize("json", spelling, *words)
    assert (done.code, done.err) == (0, "")
    assert ss.from_dict(json.loads(done.out)).edges == edges


def test_every_argument_of_the_horizon_is_an_option():
    from inspect import signature

    arguments = list(signature(ss.Horizon.__init__).parameters)[1:]
    assert [name.removeprefix("no_") for name in horizon.OPTIONS] == arguments


WRONG = [
    ([SHARE], "shares of the run need to know the run; got '50%'. Add --steps, --epochs or --tokens."),
    ([EPOCHS], "epochs need to know the run; got '1 epochs'. Add --steps-per-epoch, or --dataset-size and --batch."),
    (["0 -> 1 in 2B tokens"], "tokens need to know the run; got '2000000000 tokens'. Add --tokens-per-step."),
    (["0 -> 1 in 8 samples"], "samples need to know the run; got '8 samples'. Add --batch, or --samples-per-step."),
    (["published:gpt1"],
     "published.gpt1: its source does not disclose how many updates the 100 epochs are, so it needs steps; got None. Add --steps."),
    ([EPOCHS, "--steps", "10"],
     "the run: to know epochs it needs --steps-per-epoch, or --dataset-size and --batch; got none."),
    (["1", "--epochs", "3"],
     "the run: to know epochs it needs --steps-per-epoch, or --dataset-size and --batch; got none."),
    (["1", "--tokens", "3B"], "the run: to count updates it needs --tokens-per-step; got none."),
    (["1", "--steps", "abc"], "--steps: must be a number, such as 500 or 10k; got 'abc'."),
    (["1", "--steps", "10,000"], "--steps: must be a number, such as 500 or 10k; got '10,000'. Write 10000, or 10k."),
    (["1", "--steps", "-5"], "--steps: must be a number, such as 500 or 10k; got '-5'."),
    (["1", "--steps", "0"], "--steps: must be a whole number >= 1; got 0."),
    (["1", "--steps", "1.5"], "--steps: must be a whole number >= 1; got 1.5."),
    (["1", "--steps", "5%"], "--steps: must be a number without a unit; got '5%'."),
    (["1", "--steps", "5", "--epochs", "2"],
     "the run: one of --steps, --epochs and --tokens says how long the run is; got '--steps, --epochs'."),
    (["1", "--dataset-size", "5"], "the run: needs --batch beside --dataset-size; got None. Give --batch."),
    (["1", "--dataset-size", "5", "--batch", "9", "--drop-last"],
     "the run: an epoch must hold at least one update; it holds less than one full batch; got 5. Keep the last one, or take smaller batches."),
    (["1", "--batch", "5", "--samples-per-step", "9"],
     "the run: --batch says --samples-per-step already; got '9'. Leave one out."),
    (["1", "--drop-last"], "the run: needs --steps, --epochs or --tokens; got 'nothing'."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "text"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
@pytest.mark.parametrize("command", ["show", "table", "json"])
def test_what_is_missing_is_named_as_an_option(stepsize, command, words, text):
    code, out, err = stepsize(command, *words)
    assert (code, out) == (2, "")
    assert err.partition("\n")[0] == f"stepsize: {text}"


def test_the_caret_stays_under_the_fault(stepsize):
    assert stepsize("json", EPOCHS).err.splitlines()[1:] == [f"    {EPOCHS}", "              ^"]


def test_text_of_a_spelling_is_not_taken_for_an_option(stepsize):
    err = stepsize("json", "Horizon steps batch epochs").err
    assert "--" not in err


@pytest.mark.parametrize(
    ("text", "clock", "wanted"),
    [
        ("0", "steps", 0), ("10k", "steps", 10_000), ("50%", "steps", 500), ("2 epochs", "steps", 20),
        ("300B", "tokens", 300_000_000_000), ("5 steps", "tokens", 500), ("0.5", "progress", 0.5), ("25%", "progress", 0.25),
        ("2h", "seconds", 7200),
    ],
)  # fmt: skip
def test_positions_are_lengths(text, clock, wanted):
    run = ss.Horizon(1000, steps_per_epoch=10, tokens_per_step=100)
    assert horizon.position("--at", text, clock, run) == wanted
