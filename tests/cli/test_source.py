"""A schedule from wherever it comes, and what is said where none does."""

import json
import os

import pytest

import stepsize as ss
from stepsize.cli import contents, source

SPELLING = "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500"
SCHEDULE = ss.warmup_cosine(3e-4, 10_000, warmup=500, end=3e-5)
DOCUMENT = json.dumps(SCHEDULE.to_dict())


@pytest.fixture(autouse=True)
def files(plain, tmp_path):
    """One file of each kind in the present folder."""
    (tmp_path / "runs").mkdir()
    for name, data in {
        "plan.json": DOCUMENT.encode(),
        "plan.txt": f"{SPELLING}\n".encode(),
        "lines.txt": b"0 -> 3e-4 in 500;\n-> 3e-5 cosine in 9500\n",
        "mark.txt": b"\xef\xbb\xbf" + SPELLING.encode(),
        "json.txt": b"\n  " + DOCUMENT.encode(),
        "plan": SPELLING.encode(),
        "3e-4": b"0.5",
        "runs/plan": SPELLING.encode(),
        "runs/my plan.JSON": DOCUMENT.encode(),
        "empty.txt": b" \n",
        "binary.txt": b"3e-4\0",
        "latin.txt": "0 → 1 in 5".encode("latin-1", "replace") + b"\xe9",
        "cut.json": b'{"stepsize": 1,',
        "deep.json": b"[" * 100_000,
        "digits.json": b'{"stepsize": 1' + b"0" * 5000 + b"}",
        "later.json": b'{"stepsize": 2, "clock": "steps", "schedule": {}}',
        "list.json": b"[1, 2]",
        "spelling.json": b"3e-4",
        "wrong.txt": b"0 -> 3e-4 in 500;\n-> 3e-5 cosin in 9500\n",
        "large.txt": b" " * (contents.MOST_BYTES + 1),
    }.items():
        (tmp_path / name).write_bytes(data)


@pytest.mark.parametrize(
    "spec",
    [
        SPELLING,
        f"  {SPELLING} ",
        "warmup_cosine(3e-4, 10k, warmup=5%, end=3e-5)",
        repr(SCHEDULE),
        f"({SCHEDULE!r}) * 4 / 4",
        DOCUMENT,
        f" {DOCUMENT}\n",
        "plan.json",
        "./plan.json",
        "plan.txt",
        "lines.txt",
        "mark.txt",
        "json.txt",
        "plan",
        "runs/plan",
        "runs/my plan.JSON",
    ],
)
def test_it_is_read_whatever_it_is(spec):
    assert source.read(spec, None).schedule == SCHEDULE


@pytest.mark.parametrize("data", [SPELLING, DOCUMENT, f"\ufeff{SPELLING}\n"])
def test_standard_input_takes_either(stepsize, data):
    assert stepsize("json", "--to", "spelling", "-", given=data.encode()) == (0, f"{SPELLING}\n", "")


def test_a_spelling_wins_over_a_file_of_its_name():
    assert source.read("3e-4", None).schedule == ss.hold(3e-4)
    assert source.read("./3e-4", None).schedule == ss.hold(0.5)


def test_a_spelling_that_lacks_its_run_is_not_taken_for_a_file(tmp_path):
    (tmp_path / "0 -> 1").write_bytes(b"0.5")
    with pytest.raises(ss.HorizonNeeded):
        source.read("0 -> 1", None)


def test_a_pipe_is_a_file():
    ends = os.pipe()
    os.write(ends[1], SPELLING.encode())
    os.close(ends[1])
    assert source.read(f"/dev/fd/{ends[0]}", None).schedule == SCHEDULE
    os.close(ends[0])


def test_a_published_schedule_is_laid_over_the_run():
    assert source.read("published:gpt3", None).schedule == ss.published.gpt3()
    assert source.read("published:gpt3", ss.Horizon(1000)).schedule == ss.published.gpt3(steps=1000)


NO_FILE = "must be a readable file; got 'No such file or directory'."
WRONG = {
    "": "SCHEDULE: must be a spelling, a call or a file; got ''.",
    " ": "SCHEDULE: must be a spelling, a call or a file; got ''.",
    "missing.json": f"missing.json: {NO_FILE}",
    "missing.yaml": f"missing.yaml: {NO_FILE}",
    "runs/missing": f"runs/missing: {NO_FILE}",
    "runs/\x1b[31m.json": f"'runs/\\x1b[31m.json': {NO_FILE}",
    "runs/" + "x" * 300: "runs/"
    + "x" * 35
    + "..."
    + "x" * 37
    + ": must be a readable file; got 'File name too long'.",
    "a\0/b": "'a\\x00/b': must be a readable file; got 'embedded null byte'.",
    "./runs": "./runs: must be a readable file; got 'Is a directory'.",
    "empty.txt": "empty.txt: must hold a schedule; got 'nothing'.",
    "binary.txt": "binary.txt: must be text; got 'a zero byte at position 4'.",
    "latin.txt": "latin.txt: must be text in UTF-8; got 'byte 0xe9 at position 10'.",
    "large.txt": "large.txt: must hold at most 10,000,000 bytes; got 'more'.",
    "/dev/zero": "/dev/zero: must hold at most 10,000,000 bytes; got 'more'.",
    "cut.json": "cut.json: must be JSON; got 'Expecting property name enclosed in double quotes, line 1, column 16'.",
    "{": "the JSON: must be JSON; got 'Expecting property name enclosed in double quotes, line 1, column 2'.",
    "later.json": 'later.json: from_dict["stepsize"]: this release reads version 1; got 2.',
    "list.json": "list.json: from_dict: must be a dictionary; got [1, 2].",
    "spelling.json": "spelling.json: from_dict: must be a dictionary; got 0.0003.",
    "-": "standard input: must hold a schedule; got 'nothing'.",
    "-> 3e-4 in 500": (
        "the first phase needs a rate to start from; got '->'. "
        'Name one: "0 -> 3e-4 in 500", or "3e-4 for 500".\n    -> 3e-4 in 500\n    ^^'
    ),
    "0 -> 3e-4 cosin in 500": (
        'expected a shape, "in", "for" or ";"; got \'cosin\'. Did you mean "cosine"?\n'
        "    0 -> 3e-4 cosin in 500\n"
        "              ^^^^^"
    ),
    "wrong.txt": (
        'wrong.txt: expected a shape, "in", "for" or ";"; got \'cosin\'. Did you mean "cosine"?\n'
        "    -> 3e-5 cosin in 9500\n"
        "            ^^^^^"
    ),
    "gpt3": "SCHEDULE: must be a spelling, a call or a file; got 'gpt3'. Did you mean \"published:gpt3\"?",
    "published:gtp3": (
        "must be the name of a published schedule; got 'gtp3'. Did you mean \"gpt3\"?\n"
        "    published:gtp3\n"
        "              ^^^^"
    ),
}


@pytest.mark.parametrize("spec", WRONG)
@pytest.mark.parametrize("command", ["show", "table", "json"])
def test_what_is_none_is_told(stepsize, command, spec):
    assert stepsize(command, spec, given=b"") == (2, "", f"stepsize: {WRONG[spec]}\n")


@pytest.mark.parametrize("spec", ["deep.json", "digits.json"])
def test_json_that_python_refuses_is_told(stepsize, spec):
    code, out, err = stepsize("json", spec)
    assert (code, out) == (2, "")
    assert err.startswith(f"stepsize: {spec}: must be JSON of a schedule; got '")
    assert err.count("\n") == 1


def test_standard_input_is_read_once(stepsize):
    wanted = "stepsize: -: standard input can be read once; got 2.\n"
    assert stepsize("show", "-", "-", given=b"3e-4") == (2, "", wanted)


@pytest.mark.parametrize(
    "words", [["0", "->", "3e-4", "in", "500"], ["0", "-", "in", "500"], ["3e-4", "for", "500"]]
)
def test_a_spelling_without_quotes_is_told(stepsize, words):
    """The second is what a shell makes of the first: it takes "> 3e-4" for a file to write to."""
    rule = f"the shell must see a spelling as one word; got '{' '.join(words)}'. Put it in quotes."
    assert stepsize("show", *words) == (2, "", f"stepsize: SCHEDULE: {rule}\n")


def test_a_closed_standard_input_is_told(stepsize, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    assert stepsize("json", "-") == (2, "", "stepsize: standard input: must be readable; got 'none'.\n")
