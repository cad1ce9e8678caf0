"""Plain text: the lines of two dozen programs, and what is said of them."""

import gzip
import time
from contextlib import suppress

import numpy as np
import pytest

from stepsize.errors import ScheduleError
from stepsize.logs.reading import detect, read
from tests.logs.printed import SAMPLES


@pytest.fixture
def log(tmp_path):
    def write(text, name="train.log"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize("name", SAMPLES)
def test_the_lines_of(log, name):
    text, rows, counts, columns = SAMPLES[name]
    path = log(text)
    assert detect(path) == "text"
    trace = read(path)
    found = [*zip(trace.steps.tolist(), trace.rates.tolist(), trace.losses.tolist(), strict=True)]
    assert len(found) == len(rows)
    for expected, row in zip(rows, found, strict=True):
        assert row == pytest.approx(expected, rel=1e-12, nan_ok=True), f"expected {expected}"
    assert trace.counts == counts
    if columns:
        assert (*trace.columns.values(),)[: len(columns)] == columns


def test_what_is_guessed_is_said(log):
    trace = read(log(SAMPLES["olmo"].text))
    assert trace.notes == (
        "format: text",
        "step: column 'step' (also there: 'epoch', 'throughput/total_tokens')",
        "rate: column 'optim/learning_rate_group0' (also there: 'optim/learning_rate_group1')",
        "loss: column 'train/CrossEntropyLoss'",
    )


def test_columns_by_name(log):
    text = "".join(f"tick {3 * k} speed {0.1 * k} pain {9 - k} step {k} lr 1.0 loss 5\n" for k in range(4))
    trace = read(log(text), step="tick", rate="speed", loss="pain")
    assert trace.steps.tolist() == [0, 3, 6, 9]
    assert trace.rates.tolist() == [0.1 * k for k in range(4)]
    assert trace.losses.tolist() == [9, 8, 7, 6]
    assert trace.columns == {"step": "tick", "rate": "speed", "loss": "pain"}


def test_a_name_that_is_not_there_lists_those_that_are(log):
    with pytest.raises(ScheduleError) as caught:
        read(log("step 1 lr 0.1 loss 2\n" * 3), rate="lrr")
    assert str(caught.value).endswith(
        "train.log: must have the column that was named; got 'lrr'. Did you mean \"lr\"? There are step, lr, loss."
    )


def test_lines_of_other_rates_and_losses_are_not_read(log):
    text = "max lr 0.5 for step 1\nlr_scheduler_last_epoch: 7\n"
    text += "step: 10  loss: 2.0  lr: 1e-4\nvalidate step: 10  loss: 9.0\nval loss 8.0 at step 10\nstep: 20  loss: 1.5  lr: 2e-4\n"
    trace = read(log(text))
    with_rate = np.isfinite(trace.rates)
    assert trace.steps[with_rate].tolist() == [10, 20]
    assert trace.rates[with_rate].tolist() == [1e-4, 2e-4]
    assert trace.losses[with_rate].tolist() == [2.0, 1.5]
    assert 9.0 not in trace.losses


def test_a_line_with_more_in_it_than_the_one_before(log):
    trace = read(
        log(
            "step 0 lr 0.1\nstep 1 lr 0.2 loss 3.5\nstep 2 lr 0.3\nINFO step 3 loss: nan lr: 0.4\nstep 4 loss nan lr 0.5\n"
        )
    )
    assert trace.rates.tolist() == [0.1, 0.2, 0.3, 0.4, 0.5]
    np.testing.assert_equal(trace.losses, [np.nan, 3.5, np.nan, np.nan, np.nan])


def test_lines_without_a_step_are_counted(log):
    trace = read(log("lr: 0.1, loss: 3\nlr: 0.2, loss: 2\nlr: 0.3\n"))
    assert (trace.counts, trace.steps.tolist()) == ("rows", [0, 1, 2])
    assert "no column of steps: the rows were counted" in trace.notes


def test_resumes_and_repeats_stay_in_the_order_of_the_log(log):
    steps = [0, 10, 20, 30, 20, 30, 30, 40]
    trace = read(log("".join(f"step {k} lr {k / 100}\n" for k in steps)))
    assert trace.steps.tolist() == steps


@pytest.mark.parametrize(
    "encoded",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),  # as PowerShell writes what is sent into a file
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: ("vérifié à l'œil: 100 µs\n" + text).encode("latin-1", "replace"),
        lambda text: text[:40].encode() + b"\0" * 5000 + text[40:].encode(),  # a machine that lost its power
        lambda text: gzip.compress(text.encode()),
    ],
    ids=["utf-8-sig", "utf-16", "crlf", "latin-1", "zeros", "gzip"],
)
def test_how_a_text_may_be_written(log, encoded):
    text = "".join(f"a line of words that says nothing\nstep {k} lr {k / 8} loss {k}\n" for k in range(6))
    trace = read(log(encoded(text)))
    assert trace.rates.tolist() == [k / 8 for k in range(6)]


def test_the_last_line_may_be_torn(log):
    text = "".join(f"step {k} loss 2.5 lr 0.0003\n" for k in range(5))
    trace = read(log(text[:-3]))
    assert trace.rates.tolist() == [0.0003] * 4  # and not 0.00 in the end
    assert "the last line has no end, may be torn, and was left out" in trace.notes


def test_a_line_without_end_among_others(log):
    text = "step 0 lr 0.5\n" + "x" * 3_000_000 + "\nstep 1 lr 0.25\n"
    trace = read(log(text))
    assert trace.rates.tolist() == [0.5, 0.25]
    assert "lines longer than a million signs were left out" in trace.notes


@pytest.mark.parametrize("text", [
    "a" + " " * 200_000 + "step 1 lr",
    "lr " * 100_000,
    "step 1" * 100_000,
    "lr " + "1" * 200_000 + "x",
    "Epoch 1 5%|" * 20_000 + " lr",
    "step [" * 100_000,
    "lr=" + "[" * 200_000,
    "learning rate " * 50_000,
], ids=range(8))  # fmt: skip
def test_lines_that_would_keep_a_regular_expression_busy(log, text):
    start = time.process_time()
    with suppress(ScheduleError):
        read(log((text + "\n") * 3 + "step 1 lr 0.5 loss 2\n"))
    assert time.process_time() - start < 5
