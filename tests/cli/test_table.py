"""``stepsize table``: whole pages, rows that tell the curve, and a million rows in a pipe."""

import csv
import io
import subprocess
import sys

import pytest

import stepsize as ss

PLAN = "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500"
S = ss.parse(PLAN)


def rows(out):
    """Positions and rates of a table of one schedule."""
    lines = [line.split() for line in out.splitlines()[1:]]
    return [(float(place.replace(",", "")), float(rate)) for place, rate in lines]


def test_a_whole_page(stepsize):
    assert stepsize("table", PLAN, "--rows", "9") == (
        0,
        " steps          rate\n"
        "     0             0\n"
        "   500          3e-4\n"
        " 2,000    2.83729e-4\n"
        " 4,000    2.19229e-4\n"
        " 6,000    1.31859e-4\n"
        " 8,000     5.8466e-5\n"
        "10,000          3e-5\n",
        "",
    )


def test_several_side_by_side_with_short_names(stepsize):
    assert stepsize("table", "0 -> 1 in 2", "0.5", "--steps", "4", "--every", "2").out == (
        "steps   0 -> 1 in 2           0.5\n"
        "    0             0           0.5\n"
        "    2             1           0.5\n"
        "    4             1           0.5\n"
        "0 -> 1 in 2 ends at 2, the run at 4: its last rate is held.\n"
    )


def test_long_names_stand_above(stepsize):
    assert stepsize("table", PLAN, "3e-4", "--rows", "2").out.splitlines()[:4] == [
        f"(1) {PLAN}",
        "(2) 3e-4",
        " steps           (1)           (2)",
        "     0             0          3e-4",
    ]


@pytest.mark.parametrize(
    "spelling",
    [PLAN, "0 -> 1 in 3; -> 0 in 4", "(0 -> 1 in 70; -> 0 in 7) repeat", "0 -> 1 in 1h; -> 0 in 1d",
     "1 -> 0 in 1 on progress", "published:gpt3", "3e-4", "hold(3e-4, 0)", "0.1 for 30; 0.01 for 30",
     "sgdr(0.1, 10, growth=3)", "0 -> 1 in 2.5; -> 0 in 100.25"],
)  # fmt: skip
def test_about_twenty_rows_with_all_edges_and_the_end(stepsize, spelling):
    s = ss.parse(spelling)
    found = rows(stepsize("table", spelling).out)
    places = [place for place, _ in found]
    assert places == sorted(set(places))
    assert len(places) <= 30
    assert {float(edge) for edge in s.edges if edge < float("inf")} <= set(places)
    for place, rate in found:
        assert rate == pytest.approx(s(place), rel=1e-5)


@pytest.mark.parametrize("length", [41, 50, 250, 1001])
def test_updates_are_whole(stepsize, length):
    places = [place for place, _ in rows(stepsize("table", f"0 -> 1 in {length}").out)]
    assert all(place == int(place) for place in places)


def test_a_rate_that_only_jumps_needs_its_edges_alone(stepsize):
    assert rows(stepsize("table", "0.1 for 30; 0.01 for 30").out) == [(0, 0.1), (30, 0.01), (60, 0.01)]


def test_more_edges_than_rows_is_said(stepsize):
    assert stepsize("table", "(0 -> 1 in 10) repeat 500").out.splitlines()[-1] == (
        "Not all 501 edges are shown: --until shows fewer of them, --rows more rows."
    )
    last = stepsize("table", "(0 -> 1 in 10) repeat 200000").out.splitlines()[-1]
    assert last == "Not all edges are shown: --until shows fewer of them, --rows more rows."
    assert len(rows(stepsize("table", "(0 -> 1 in 10) repeat 500", "--rows", "501").out)) == 501


@pytest.mark.parametrize(
    ("words", "places"),
    [
        (["--every", "1"], [0, 1, 2, 3, 4]),
        (["--every", "3"], [0, 3, 4]),
        (["--every", "9"], [0, 4]),
        (["--every", "50%", "--steps", "4"], [0, 2, 4]),
        (["--every", "0.7 steps"], [0, 0.7, 1.4, 2.1, 2.8, 3.5, 4]),
        (["--every", "2", "--until", "7"], [0, 2, 4, 6, 7]),
        (["--every", "2", "--steps", "3"], [0, 2, 3]),
        (["--until", "2.5"], [0, 1, 2, 2.5]),
    ],
)
def test_every_so_many(stepsize, words, places):
    out = stepsize("table", "0 -> 1 in 4", "--csv", *words).out
    assert [float(line.split(",")[0]) for line in out.splitlines()[1:]] == places


def test_csv_is_exact_and_quoted(stepsize):
    done = stepsize("table", PLAN, "wsd(1, 10k, decay=5%)", "--csv", "--every", "333", "--steps", "12k")
    head, *lines = csv.reader(io.StringIO(done.out))
    assert head == ["steps", PLAN, "wsd(1, 10k, decay=5%)"]
    other = ss.wsd(1, 10_000, decay="5%")
    assert [(int(t), float(a), float(b)) for t, a, b in lines] == [
        (t, S(t), other(t)) for t in [*range(0, 12_000, 333), 12_000]
    ]


def test_the_run_is_the_end(stepsize):
    assert stepsize("table", "0 -> 1 in 10", "--steps", "5").out.splitlines()[-2:] == [
        "    5           0.5",
        "The schedule ends at 10, the run at 5: the rest is not used.",
    ]


WRONG = [
    (["3e-4", "--every", "0"], "--every: must be > 0; got '0'."),
    (["3e-4", "--every", "2", "--rows", "3"], "--every: cannot be given with --rows; got '2'. Leave one out."),
    (["3e-4", "--rows", "1"], "--rows: must be a whole number >= 2; got 1."),
    (["3e-4", "--until", "0"], "--until: must be > 0; got '0'."),
    (["3e-4", "--every", "0.7"],
     '--every: less than one needs a unit; got 0.7. For a share write "70%", else "0.7 steps".'),
    (["3e-4", "--every", "5%"],
     "--every: shares of the run need to know the run; got '5%'. Add --steps, --epochs or --tokens."),
    (["3e-4", "0 -> 1 in 5 on tokens"],
     "SCHEDULE: schedules that are shown together must count on one clock; got 'steps, tokens'. Show them one by one."),
    ([], "Missing argument 'SCHEDULE'."),
]  # fmt: skip


@pytest.mark.parametrize(("words", "text"), WRONG)
def test_wrong_input(stepsize, words, text):
    assert stepsize("table", *words) == (2, "", f"stepsize: {text}\n")


def test_a_million_rows_in_a_pipe(tmp_path):
    words = [sys.executable, "-m", "stepsize", "table", PLAN, "--every", "1", "--until", "1M", "--csv"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        lines = sum(1 for _ in process.stdout)
        assert (process.wait(), process.stderr.read()) == (0, b"")
    assert lines == 1 + 1_000_001


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    words = [sys.executable, "-m", "stepsize", "table", PLAN, "--every", "1", "--until", "1T"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        first = process.stdout.readline()
        process.stdout.close()
        assert (process.wait(timeout=30), process.stderr.read()) == (0, b"")
    assert first == b"            steps          rate\n"
