"""``stepsize json``: there and back."""

import json

import pytest

import stepsize as ss
from tests.zoo import ZOO

PLAN = "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500"


def test_a_whole_document(stepsize):
    assert stepsize("json", "3e-4") == (
        0,
        "{\n"
        '  "stepsize": 1,\n'
        '  "clock": "steps",\n'
        '  "schedule": {\n'
        '    "type": "hold",\n'
        '    "value": 0.0003,\n'
        '    "steps": "inf"\n'
        "  }\n"
        "}\n",
        "",
    )


@pytest.mark.parametrize("name", ZOO)
def test_there_and_back(stepsize, name):
    s = ZOO[name]
    spelled = stepsize("json", str(s))
    assert (spelled.code, spelled.err) == (0, "")
    assert ss.from_dict(json.loads(spelled.out)) == s
    assert stepsize("json", "-", given=spelled.out.encode()) == (0, f"{s}\n", "")


@pytest.mark.parametrize("given", [PLAN, json.dumps(ss.parse(PLAN).to_dict())])
def test_the_form_can_be_named(stepsize, given):
    assert stepsize("json", given, "--to", "spelling").out == f"{PLAN}\n"
    assert json.loads(stepsize("json", given, "--to", "json").out) == ss.parse(PLAN).to_dict()


def test_the_run_is_written_out(stepsize):
    done = stepsize("json", "0 -> 1 in 5%; -> 0", "--steps", "1k", "--to", "spelling")
    assert done.out == "0 -> 1 in 50; -> 0 in 950\n"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (
            ["3e-4", "--to", "spelled"],
            "--to: must be json or spelling; got 'spelled'. Did you mean \"spelling\"?",
        ),
        (["3e-4", "3e-4"], "Got unexpected extra argument(s) (3e-4)"),
        ([], "Missing argument 'SCHEDULE'."),
    ],
)
def test_wrong_input(stepsize, words, text):
    code, out, err = stepsize("json", *words)
    assert (code, out) == (2, "")
    assert err.replace("(s)", "") == f"stepsize: {text}\n".replace("(s)", "")
