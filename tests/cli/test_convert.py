"""``stepsize convert``: what it writes, what it says of it, its exit codes, and what it refuses."""

import json

import pytest

from stepsize import configs
from stepsize.cli.convert import _FORMATS

A = "0 -> 3e-4 in 5%; -> 3e-5 cosine"
TRAINER = """learning_rate: 0.0003
max_steps: 10000
lr_scheduler_type: "cosine_with_min_lr"
warmup_steps: 500
lr_scheduler_kwargs:
  min_lr: 3.0e-05
# The same rates as 0 -> 3e-4 in 500; -> 3e-5 cosine in 9500
"""
DEEPSPEED = json.dumps({
    "optimizer": {"type": "AdamW", "params": {"lr": 3e-4}},
    "scheduler": {"type": "WarmupDecayLR", "params": {"total_num_steps": 1000, "warmup_max_lr": 3e-4, "warmup_num_steps": 100,
                                                       "warmup_type": "linear"}},
})  # fmt: skip


def test_it_names_every_format_there_is():
    assert (*configs.FORMATS, *configs.CODE) == _FORMATS


def test_a_schedule(stepsize):
    assert stepsize("convert", A, "--to", "trainer", "--steps", "10000") == (0, TRAINER, "")


@pytest.mark.parametrize("format", [*configs.FORMATS, *configs.CODE])
def test_what_it_prints_can_be_kept_as_it_is(stepsize, format):
    code, out, err = stepsize("convert", A, "--to", format, "--steps", "1000", "--steps-per-epoch", "100")
    assert err == ""
    assert code == (1 if format in ("deepspeed", "torchtitan", "timm") else 0)
    if format in configs.CODE:
        compile(out, format, "exec")
    else:
        assert configs.detect(out) == format
        again = stepsize("convert", "-", "--to", format, "--steps-per-epoch", "100", given=out.encode())
        assert (again.code, again.err) == (0, "")


def test_a_configuration(stepsize, tmp_path):
    (tmp_path / "ds.json").write_text(DEEPSPEED)
    code, out, err = stepsize("convert", "ds.json", "--to", "deepspeed,optax", "--steps", "1001")
    assert (code, err) == (0, "")
    first, second = out.split("\n\n", 1)
    assert json.loads(first)["scheduler"]["params"] == {
        "warmup_min_lr": 0.0, "warmup_max_lr": 0.0003, "warmup_num_steps": 100, "warmup_type": "linear", "total_num_steps": 1000,
    }  # fmt: skip
    assert json.loads(first)["_comment"][0] == "The same rates as 0 for 1; -> 3e-4 in 100; -> 0 in 900"
    assert "optax.join_schedules" in second
    assert (
        stepsize("convert", "-", "--to", "deepspeed", "--steps", "1001", given=DEEPSPEED.encode()).code == 0
    )
    assert stepsize("convert", DEEPSPEED, "--to", "deepspeed", "--steps", "1001").code == 0


def test_where_it_differs(stepsize, tmp_path):
    (tmp_path / "ds.json").write_text(DEEPSPEED)
    code, out, err = stepsize("convert", "ds.json", "--to", "trainer", "--steps", "1001")
    assert (code, err) == (1, "")
    said = [line for line in out.splitlines() if line.startswith("#")]
    assert said[0].startswith("# Not the same: up to 0.98% of the peak from ")
    assert said[1].startswith("# - updates 1 to 1,000: up to 0.98% of the peak, at 1 ")
    assert "# A host of stepsize gives it exactly: stepsize.hosts.transformers." in said


def test_notes_of_what_was_read_are_kept(stepsize, tmp_path):
    (tmp_path / "run.sh").write_text("torchrun x.py --lr 3e-4 --lr-decay-style cosine --train-iters 100\n")
    code, out, _ = stepsize("convert", "run.sh", "--to", "trainer")
    assert code == 0
    assert "# The same rates as 3e-4 -> 0 cosine in 100\n" in out
    assert "# Read from run.sh: --global-batch-size is not given: lengths are counted in iterations." in out


def test_a_published_schedule(stepsize):
    code, out, _ = stepsize("convert", "published:bert", "--to", "trainer", "--steps", "10000")
    assert code == 0
    assert 'lr_scheduler_type: "linear"\nwarmup_steps: 100\n' in out


def test_it_is_saved_aside_and_never_over_its_source(stepsize, tmp_path):
    (tmp_path / "a.yaml").write_text(TRAINER)
    assert stepsize("convert", "a.yaml", "--to", "megatron", "--save", "args.txt").code == 0
    assert configs.read((tmp_path / "args.txt").read_text()).training.steps == 10_000
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.yaml", "args.txt"]
    for same in ("a.yaml", "./a.yaml"):
        code, out, err = stepsize("convert", "a.yaml", "--to", "trainer", "--save", same)
        assert (code, out) == (2, "")
        assert err.startswith("stepsize: --save: must not be the file that is read; got ")
    assert (tmp_path / "a.yaml").read_text() == TRAINER


@pytest.mark.parametrize(("words", "error"), [
    ([A, "--to", "trainr", "--steps", "10"], 'stepsize: --to: must be of trainer, deepspeed, megatron, timm, torchtitan, lightning, torch, optax; got \'trainr\'. Did you mean "trainer"?'),
    ([A, "--to", ",", "--steps", "10"], "stepsize: --to: must be of trainer, "),
    ([A, "--to", "trainer"], "stepsize: shares of the run need to know the run; got "),
    ([A, "--to", "trainer,timm", "--steps", "10", "--save", "x"], "stepsize: --save: takes one format; got 'trainer,timm'."),
    ([A, "--to", "timm", "--steps", "10"], "stepsize: convert: timm counts epochs, and the updates of an epoch must be known; got None. Add --steps-per-epoch."),
    (["none.yaml", "--to", "trainer"], "stepsize: none.yaml: must be a readable file; got "),
    (["empty.yaml", "--to", "trainer"], "stepsize: empty.yaml: must hold a schedule; got 'nothing'."),
    (["cut.json", "--to", "trainer"], "stepsize: cut.json: "),
    (["epochs.yaml", "--to", "optax"], "stepsize: epochs.yaml: trainer: 3 epochs need the updates of an epoch; got None. Add --steps-per-epoch, "),
    (["epochs.yaml", "--to", "optax", "--save", "missing/x.py", "--steps", "30"], "stepsize: missing/x.py: must be writable; got "),
    (["1 on seconds", "--to", "trainer"], "stepsize: convert: a configuration counts updates; got 'seconds'."),
])  # fmt: skip
def test_what_is_wrong(stepsize, tmp_path, words, error):
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "cut.json").write_text(DEEPSPEED[:50])
    (tmp_path / "epochs.yaml").write_text(
        "learning_rate: 0.1\nlr_scheduler_type: cosine\nnum_train_epochs: 3\n"
    )
    code, out, err = stepsize("convert", *words)
    assert (code, out) == (2, "")
    assert err.startswith(error)
