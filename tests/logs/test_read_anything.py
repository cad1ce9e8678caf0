"""Bad input: one clear error and never a traceback; and logs that are larger than memory may hold."""

import gzip
import json
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepsize.errors import ScheduleError
from stepsize.logs.readers import _rows
from stepsize.logs.reading import FORMATS, detect, read
from tests.logs.printed import SAMPLES

TABLE = "step,lr,loss\n" + "".join(f"{k},{k / 8},{2.5 - k / 64}\n" for k in range(20))
FILES = {
    **{name: sample.text for name, sample in SAMPLES.items()},
    "csv": TABLE,
    "tsv": TABLE.replace(",", "\t"),
    "jsonl": "".join(json.dumps({"step": k, "train": {"lr": k / 8, "loss": 2.5}}) + "\n" for k in range(20)),
    "trainer": json.dumps({"log_history": [{"epoch": 1.0, "learning_rate": k / 8, "loss": 2.5, "step": k} for k in range(20)]}, indent=2),
    "json": json.dumps({"step": [*range(20)], "lr": [k / 8 for k in range(20)]}, indent=1),
}  # fmt: skip


def rows_of(trace):
    return [*zip(trace.steps.tolist(), trace.rates.tolist(), trace.losses.tolist(), strict=True)]


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_log_has_a_prefix_of_the_rows_or_is_refused(name, tmp_path):
    data = FILES[name].encode()
    path = tmp_path / "whole.log"
    path.write_bytes(data)
    kind, whole = detect(path), rows_of(read(path))
    finite = [row for row in whole if np.isfinite(row[1])]
    path = tmp_path / "part.log"
    longest = 0
    for cut in range(0, len(data), max(1, len(data) // 150)):
        path.write_bytes(data[:cut])
        try:
            part = [row for row in rows_of(read(path, format=kind)) if np.isfinite(row[1])]
        except ScheduleError:
            continue
        longest = max(longest, len(part))
        *before, (step, rate, loss) = part
        np.testing.assert_equal(before, finite[: len(before)])
        assert (step, rate) == finite[len(before)][:2]
        assert np.isnan(loss) or loss == finite[len(before)][2]
    assert name == "json" or longest >= len(finite) - 2


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_bytes_are_a_trace_or_one_error(data, tmp_path_factory):
    base = FILES[data.draw(st.sampled_from(sorted(FILES)))].encode()
    start = data.draw(st.integers(0, len(base)))
    noise = data.draw(
        st.one_of(
            st.binary(max_size=60), st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace"))
        )
    )
    content = base[:start] + noise + base[start + data.draw(st.integers(0, 50)) :]
    content = data.draw(st.sampled_from([content, noise, gzip.compress(content)[: 20 + 3 * start]]))
    path = tmp_path_factory.getbasetemp() / "any.log"
    path.write_bytes(content)
    for kind in (None, data.draw(st.sampled_from([kind for kind in FORMATS if kind != "events"]))):
        try:
            trace = read(path, format=kind)
        except ScheduleError as error:
            assert "\n" not in str(error)
            continue
        assert np.isfinite(trace.steps).all()
        assert np.isfinite(trace.rates).any()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_events_or_one_error(tmp_path_factory, content, framed):
    path = tmp_path_factory.getbasetemp() / "events.out.tfevents.1.any"
    if framed:  # a record whose frame is sound, and whose content is not
        from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

        size = len(content).to_bytes(8, "little")
        sums = [masked_crc32c(part).to_bytes(4, "little") for part in (size, content)]
        content = size + sums[0] + content + sums[1]
    path.write_bytes(content)
    with pytest.raises(ScheduleError):
        read(path)


WRONG = {
    "nothing": (b"", "must be a log; got 'an empty file'."),
    "blank": (b"\n \n\t\n", "must be a log; got 'an empty file'."),
    "zeros": (b"\0" * 5000, "must be a log that is text; got 'binary data'."),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "must be a log that is text; got 'binary data'."),
    "words": (b"no numbers here\nnone at all\n", "must hold learning rates; got 'none in it'. A line needs something like"),
    "other columns": (b"a,b\n1,2\n", "must hold learning rates; got 'none in it'."),
    "no rate": (b"step,loss,acc\n1,2,3\n", "must hold learning rates; got 'none in it'. There are step, loss, acc. Where one is"),
    "all nan": (b"step,lr,loss\n1,nan,2\n2,,2\n", "must hold a rate that is a finite number; got 'nan or none in each row of lr'."),
    "cut JSON": (b'{\n"step": [1, 2, 3],\n"lr": [0.1, 0.', "must be a whole JSON document; got "),
    "cut gzip": (gzip.compress(TABLE.encode())[:12], "must be a log; got 'an empty file'."),
    "an empty list": (b'{"log_history": []}', "must hold learning rates; got 'none in it'."),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_one_line(tmp_path, name):
    content, said = WRONG[name]
    path = tmp_path / "some.log"
    path.write_bytes(content)
    with pytest.raises(ScheduleError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: {said}")
    assert "\n" not in str(caught.value)


def test_paths_that_lead_nowhere(tmp_path):
    with pytest.raises(
        ScheduleError,
        match=r"missing\.csv: must be a log that can be read; got 'No such file or directory'\.",
    ):
        read(tmp_path / "missing.csv")
    with pytest.raises(
        ScheduleError,
        match=r"must hold a log; got 'an empty folder'\. Name a file, or a folder with trainer_state",
    ):
        read(tmp_path)
    (tmp_path / "a.py").write_text("x")
    with pytest.raises(ScheduleError, match=r"must hold a log; got 'a\.py'\."):
        detect(tmp_path)
    with pytest.raises(ScheduleError, match=r"read\.path: must be the name of a file; got 3\."):
        read(3)
    with pytest.raises(ScheduleError, match="must be the name of a file; got 'embedded null byte'"):
        read("a\0b")
    with pytest.raises(
        ScheduleError,
        match=r"read\.format: must be one of trainer, csv, .*; got 'cvs'\. Did you mean \"csv\"\?",
    ):
        read(tmp_path / "a.py", format="cvs")


# Long logs


@pytest.fixture
def few(monkeypatch):
    """As if a thousand rows were too many."""
    monkeypatch.setattr(_rows, "MOST", 1000)


def test_a_long_log_is_thinned_and_says_so(few, tmp_path):
    path = tmp_path / "long.csv"
    rates = [k / 2**15 for k in range(10_000)] + [0.5] * 10_000
    steps = [*range(15_000), *range(14_000, 19_000)]  # and a resume
    path.write_text("step,lr\n" + "".join(f"{s},{r}\n" for s, r in zip(steps, rates, strict=True)))
    trace = read(path)
    assert 500 <= len(trace) <= 1001
    assert (
        f"{20_000 - len(trace):,} of 20,000 rows were left out, none where the rate jumps or the step goes back"
        in trace.notes
    )
    kept = {*zip(trace.steps.tolist(), trace.rates.tolist(), strict=True)}
    assert {(14_999.0, 0.5), (14_000.0, 0.5)} <= kept  # around the resume
    assert {(9_999.0, 9_999 / 2**15), (10_000.0, 0.5)} <= kept  # around the jump
    assert kept <= {(float(s), r) for s, r in zip(steps, rates, strict=True)}
    assert (trace.steps[0], trace.steps[-1]) == (0, 18_999)


@pytest.mark.parametrize("at", [500, 501, 502, 503])
def test_early_resumes_are_kept_on_both_sides(few, tmp_path, at):
    path = tmp_path / "long.csv"
    steps = [*range(at), *range(at - 100, 9_000)]
    path.write_text("step,lr\n" + "".join(f"{step},0.5\n" for step in steps))
    kept = read(path).steps.tolist()
    assert (at - 1, at - 100) in [*pairwise(kept)]


@pytest.mark.parametrize("shift", [0, 1])
def test_rates_and_losses_in_rows_of_their_own_are_thinned_apart(few, tmp_path, shift):
    path = tmp_path / "apart.csv"
    rows = [f"{k},{k / 2**15},\n" if (k + shift) % 2 else f"{k},,2.5\n" for k in range(16_000)]
    path.write_text("step,lr,loss\n" + "".join(rows))
    trace = read(path)
    assert np.isfinite(trace.rates).sum() > 200
    assert np.isfinite(trace.losses).sum() > 200


def test_a_log_that_jumps_all_the_time_is_bounded_too(few, tmp_path):
    path = tmp_path / "wild.csv"
    path.write_text("step,lr\n" + "".join(f"{k},{k % 2}\n" for k in range(20_000)))
    assert len(read(path)) <= 1001


def test_progress_is_told(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(TABLE * 2000)
    told = []
    read(path, progress=lambda done, total: told.append((done, total)))
    size = path.stat().st_size
    assert len(told) > 2
    assert told == sorted(told)
    assert told[-1] == (size, size)


@pytest.mark.parametrize(("make", "said"), [
    ("b'words without a number, again and again\\n' * (1 << 15)", "none in the first 64 MiB"),
    ("b'x' * (1 << 20)", "none in the first 64 MiB"),
    ("b'step 1 loss 2.5 and words, words, words\\n' * (1 << 15)", "none in the first 200,000 rows"),
    ("bytes(range(256)) * (1 << 12)", "binary data"),
], ids=["words", "no line ends", "no rate", "noise"])  # fmt: skip
def test_gigabytes_of_nothing_are_given_up(tmp_path, make, said):
    """Four gigabytes, most of them a hole in the file, in a process of its own: what it takes at most."""
    path = tmp_path / "huge.log"
    with path.open("wb") as file:
        block = eval(make)
        for _ in range(-(-(80 << 20) // len(block))):
            file.write(block)
        file.truncate(4 << 30)
    code = f"""
import resource
from stepsize.errors import ScheduleError
from stepsize.logs.reading import read
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read({str(path)!r})
except ScheduleError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    error, memory = done.stdout.splitlines()
    assert done.stderr == ""
    assert said in error
    assert int(memory) < 200  # MiB
