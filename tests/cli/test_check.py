"""``stepsize check``: what it reads, what it prints, and its exit codes."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from stepsize.checks import RULES

ROOT = Path(__file__).parents[2]
SHORT = ["0 -> 3e-4 in 20; -> 3e-5 cosine", "--steps", "10k", "--optimizer", "adamw", "--beta2", "0.95"]
GOOD = "1e-3 -> 0 cosine in 1000"
PRINTED = """\
0 -> 3e-4 in 20; -> 3e-5 cosine
  = 0 -> 3e-4 in 20; -> 3e-5 cosine in 9980

  warning warmup-short, at update 20, rate 3e-4
    The warmup takes 20 updates; 5% of the run are 500.
    Until Adam has seen 2 / (1 - beta2) updates its second moments are few
    draws, and its first steps too large; most published language models warm up
    for 2000 updates. [Ma and Yarats, On the adequacy of untuned warmup for
    adaptive optimization, arXiv 1910.04209; docs/published.md]
    > Warm up longer:
      0 -> 3e-4 in 500; -> 3e-5 cosine in 9500

  note first-zero, at update 0, rate 0
    The first update has rate 0 and does nothing.
    An update at rate 0 spends a batch and changes nothing; most libraries do
    it, and few say so. [huggingface/transformers#34754; pytorch/torchtitan
    PR#1261]
    > Begin at one step of the warmup:
      1.5e-5 -> 3e-4 in 20; -> 3e-5 cosine in 9980

Found: 1 warning, 1 note.
Not asked for lack of --steps-per-epoch, --accumulation, --world-size,
--parameters, --groups, --weight-decay, --precision.
"""


def test_it_prints_what_a_linter_prints(stepsize):
    assert stepsize("check", *SHORT) == (1, PRINTED, "")


def test_no_line_is_wider_than_the_terminal_but_what_is_to_be_copied(stepsize, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    lines = stepsize("check", *SHORT).out.splitlines()
    assert max(len(line) for line in lines if "->" not in line) <= 60


def test_nothing_found(stepsize):
    code, out, err = stepsize("check", GOOD)
    assert (code, err) == (0, "")
    assert out.startswith(f"{GOOD}\n\nNothing found.\nNot asked for lack of --optimizer, --steps")


@pytest.mark.parametrize(("words", "code"), [
    ([], 0),
    (["--fail-on", "note"], 1),
    (["--fail-on", "note", "--ignore", "first-zero"], 0),
    (["--steps", "1000"], 1),
    (["--steps", "1000", "--fail-on", "error"], 0),
    (["--steps", "1000", "--ignore", "run-stops-early, first-zero", "--fail-on", "note"], 0),
    (["--steps", "5000", "--accumulation", "2", "--fail-on", "error"], 1),
])  # fmt: skip
def test_the_exit_code(stepsize, words, code):
    given = "0 -> 3e-4 in 200; -> 3e-5 cosine in 9800"
    assert stepsize("check", given, "--quiet", *words) == (code, "", "")


def test_json(stepsize):
    code, out, err = stepsize("check", *SHORT, GOOD, "--json")
    assert (code, err) == (1, "")
    first, second = json.loads(out)
    assert (first["source"], first["schedule"], first["clock"]) == (
        SHORT[0],
        "0 -> 3e-4 in 20; -> 3e-5 cosine in 9980",
        "steps",
    )
    assert [(found["code"], found["at"], found["spelling"]) for found in first["findings"]] == [
        ("warmup-short", 20, "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500"),
        ("first-zero", 0, "1.5e-5 -> 3e-4 in 20; -> 3e-5 cosine in 9980"),
    ]
    assert "--parameters" in first["not_asked"]
    assert second["source"] == GOOD


def test_several_sources_have_their_names(stepsize):
    code, out, _ = stepsize("check", "0.1 -> 0 cosine in 90", "published:bert", "--steps", "1m")
    assert code == 2
    code, out, _ = stepsize("check", "0.1 -> 0 cosine in 90", "published:bert", "--steps", "1M")
    assert code == 1
    assert re.findall(r"^\S.*", out, re.M)[:2] == ["0.1 -> 0 cosine in 90", "published:bert"]
    assert "Found: 1 warning, 1 note." in out


def test_a_twin_is_known_to_be_one(stepsize):
    code, out, _ = stepsize("check", "twin:torch.CosineAnnealingLR(0.1, T_max=90)", "--steps", "1000")
    assert code == 1
    assert "error twin-after-end, at update 90, rate 0" in out
    assert "torch.CosineAnnealingLR rises again" in " ".join(out.split())


def test_files_and_standard_input(stepsize):
    Path("plan.txt").write_text("0 for 100\n")
    Path("twin.txt").write_text("twin:torch.CosineAnnealingLR(0.1, T_max=90)\n")
    assert "error always-zero" in stepsize("check", "plan.txt").out
    assert "error twin-after-end" in stepsize("check", "twin.txt", "--steps", "1000").out
    assert "error always-zero" in stepsize("check", "-", given=b"0 for 100").out
    assert stepsize("json", "0 for 100").code == 0
    Path("plan.json").write_text(stepsize("json", "0 for 100").out)
    assert "error always-zero" in stepsize("check", "plan.json").out


TRAINER = {
    "learning_rate": 5e-5, "lr_scheduler_type": "cosine", "warmup_steps": 10, "max_steps": 3000, "optim": "adamw_torch", "adam_beta2": 0.999,
}  # fmt: skip


def test_the_configuration_of_a_trainer_says_its_run(stepsize):
    Path("args.json").write_text(json.dumps(TRAINER))
    code, out, err = stepsize("check", "args.json")
    assert (code, err) == (1, "")
    assert out.startswith(
        "args.json\n  = 0 -> 5e-5 in 10; -> 0 cosine in 2990\n  trainer: twin:transformers.cosine(5e-05, 10, 3000)\n"
    )
    assert (
        "The warmup takes 10 updates; beta2 = 0.999 asks for 2,000, and 20% of the run are 600."
        in " ".join(out.split())
    )
    assert "--optimizer" not in out.splitlines()[-2]


def test_the_command_line_adds_to_a_configuration_and_does_not_contradict_it(stepsize):
    Path("args.json").write_text(json.dumps(TRAINER))
    out = stepsize("check", "args.json", "--parameters", "7B", "--groups", "5e-5,1e-6").out
    assert "--parameters" not in out
    assert "--groups" not in out
    code, out, err = stepsize("check", "args.json", "--beta2", "0.95")
    assert (code, out) == (2, "")
    assert "the file says 0.999 for beta2" in err


def test_a_format_that_cannot_be_seen_is_told(stepsize):
    Path("run.sh").write_text(
        "--lr 3e-4 --min-lr 3e-5 --lr-decay-style cosine --train-iters 1000 --lr-warmup-iters 10 --optimizer adam"
    )
    code, out, err = stepsize("check", "run.sh", "--format", "megatron")
    assert (code, err) == (1, "")
    assert "warning warmup-short" in out


@pytest.mark.parametrize(("words", "error"), [
    ([], "Missing argument 'SOURCE...'."),
    (["0 -> "], "expected"),
    ([GOOD, "--ignore", "first-zeroes"], '--ignore: must name a rule; got \'first-zeroes\'. Did you mean "first-zeros"?'),
    ([GOOD, "--ignore", "xyz"], "--ignore: must name a rule; got 'xyz'. docs/checks.md has them all."),
    ([GOOD, "--fail-on", "warnings"], '--fail-on: must be one of note, warning, error; got \'warnings\'. Did you mean "warning"?'),
    ([GOOD, "--precision", "fp8"], "--precision: must be one of float32, bfloat16, float16; got 'fp8'."),
    ([GOOD, "--parameters", "3 epochs"], "--parameters: must be a number without a unit; got '3 epochs'."),
    ([GOOD, "--groups", "1,x"], "--groups: must be a number"),
    ([GOOD, "--beta2", "1"], "--beta2: must be in [0, 1); got 1.0."),
    ([GOOD, "--weight-decay", "-1"], "--weight-decay: must be a finite number >= 0; got -1.0."),
    ([GOOD, "--accumulation", "2.5"], "--accumulation: must be a whole number >= 1; got 2.5."),
    ([GOOD, "--format", "word"], f"--format: is that of a configuration in a file; got {GOOD!r}."),
    (["-", "-"], "-: standard input can be read once; got 2."),
    (["none.json"], "none.json: must be a readable file; got 'No such file or directory'."),
])  # fmt: skip
def test_what_is_wrong(stepsize, words, error):
    code, out, err = stepsize("check", *words)
    assert (code, out) == (2, "")
    assert err.startswith("stepsize: ")
    assert error in err


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01", b"\xff\xfe\x00", b"{", b"[1, 2]", b'{"a": 1}', b"a: b", b"key = 1"]
)
@pytest.mark.parametrize("name", ["x.json", "x.yaml", "x.toml", "x.txt"])
def test_files_that_hold_no_schedule_give_one_error(stepsize, name, data):
    Path(name).write_bytes(data)
    code, out, err = stepsize("check", name)
    assert (code, out) == (2, "")
    assert err.startswith("stepsize: ")
    assert "Traceback" not in err


def test_it_is_quick_and_loads_neither_numpy_nor_a_framework():
    code = f"import sys; from stepsize.cli import main; main({['check', *SHORT]!r}); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    assert "typer" in loaded
    assert not loaded & {"numpy", "scipy", "torch", "yaml", "rich", "matplotlib"}


def test_colours_only_where_they_are_asked_for(stepsize, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    out = stepsize("check", *SHORT).out
    assert "\x1b[33mwarning\x1b[0m warmup-short" in out
    assert re.sub(r"\x1b\[\d*m", "", out) == PRINTED


# The hook of pre-commit


HOOK = next(
    hook
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    if hook["id"] == "stepsize-check"
)


def test_the_hook_brings_what_the_command_needs():
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["cli"]
    assert (HOOK["entry"], HOOK["language"]) == ("stepsize check", "python")
    assert HOOK["additional_dependencies"] == extra


@pytest.mark.parametrize(("name", "checked"), [
    ("schedule.txt", True), ("configs/lr_schedule.json", True), ("training_args.json", True), ("ds_config.json", True), ("conf/deepspeed_z3.json", True),
    ("package.json", False), ("pyproject.toml", False), ("README.md", False), ("scheduler.py", False),
])  # fmt: skip
def test_the_hook_takes_files_that_look_like_schedules(name, checked):
    assert bool(re.search(HOOK["files"], name)) == checked


def test_every_code_can_be_ignored(stepsize):
    assert stepsize("check", "0 for 5", "--ignore", ",".join(RULES), "--quiet").code == 0
