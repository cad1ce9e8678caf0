"""Texts from outside: each syntax read as what it is, and what cannot be read refused in one clear error."""

import time

import pytest

import stepsize as ss
from stepsize import configs
from stepsize.configs import documents, flags
from stepsize.errors import ScheduleError
from tests.zoo import RECIPES, TYPES

TRAINER = "learning_rate: 3.0e-4\nlr_scheduler_type: cosine\nmax_steps: 100\n"
DEEPSPEED = (
    '{"scheduler": {"type": "WarmupLR", "params": {}}, "optimizer": {"type": "Adam", "params": {"lr": 0.1}}}'
)
MEGATRON = "--lr 3e-4 --lr-decay-style cosine --train-iters 100"
TIMM = "sched: cosine\nlr: 0.1\nepochs: 10\nopt: sgd\n"
TITAN = "[lr_scheduler]\nwarmup_steps = 2\n[optimizer]\nlr = 3e-4\n[training]\nsteps = 10\n"
LIGHTNING = "lr_scheduler:\n  class_path: torch.optim.lr_scheduler.StepLR\n  init_args: {step_size: 3}\n"
ALL = dict(zip(configs.FORMATS, [TRAINER, DEEPSPEED, MEGATRON, TIMM, TITAN, LIGHTNING], strict=True))


@pytest.mark.parametrize(("format", "text"), ALL.items())
def test_each_is_known_by_its_content(format, text):
    assert configs.detect(text) == configs.detect(text, "any.name") == format
    assert (
        configs.detect(f"\ufeff\n# a comment\n{text}" if format not in ("deepspeed",) else f"\n{text}")
        == format
    )


@pytest.mark.parametrize("s", [*TYPES.values(), *RECIPES.values()], ids=str)
def test_no_schedule_of_ours_is_one(s):
    import json

    from stepsize.spelling import written

    assert configs.detect(written(s)) is configs.detect(json.dumps(s.to_dict())) is None
    assert configs.detect(repr(s)) is None


@pytest.mark.parametrize("text", [
    "", "   ", "hello", "0 -> 3e-4 in 5%; -> 3e-5 cosine", "warmup 10, cosine to 0.1, 100 steps", "published:gpt3",
    "step,lr,loss\n0,0.1,3\n", '{"step": 1, "lr": 0.1}\n{"step": 2, "lr": 0.2}\n', "[1, 2, 3]", '{"learning_rate": 0.1}',
    "a: b\n", "learning_rate: 0.1\n", "# a page\n\nCall it with --lr and --help.\n", "--help", "[tool.ruff]\nline-length = 110\n",
    "name: a\noptimizer: adam\n", "%PDF-1.4", "\x7fELF\x02\x01", "{", "[", "---", "- a\n- b\n", "null", "3", "true", "&a *a", "! x",
    '{"max_steps": 100, "num_train_epochs": 3, "global_step": 5, "log_history": [{"learning_rate": 0.1, "step": 1}]}',
    "model: gpt\ntrainer: {max_epochs: 3}\n", "lr: 0.1\nepochs: 30\n",
])  # fmt: skip
def test_what_is_none(text):
    assert configs.detect(text) is None
    with pytest.raises(ScheduleError):
        configs.read(text)


@pytest.mark.parametrize(("text", "error"), [
    ("", r"the configuration: must hold a configuration; got 'nothing'."),
    (" \n ", r"must hold a configuration; got 'nothing'."),
    ("a\0b", r"must be a text of at most 200,000 characters; got 'a zero byte'."),
    ("a" * 200_001, r"must be a text of at most 200,000 characters; got '200,001 characters'."),
    ('{"scheduler": {"type": ', r"must be readable as JSON; got"),
    ("learning_rate: [1, 2", r"must be readable as YAML; got"),
    ("[lr_scheduler]\nwarmup_steps = ", r"must be readable as TOML; got"),
    ("[lr_scheduler]\na = 1\na = 2\n", r"must be readable as TOML; got"),
    ("- 1\n- 2\n", r"must hold keys and values; got 'list'."),
    ("just words", r"must hold keys and values; got 'str'."),
    ('{"a": ' * 1000 + "1" + "}" * 1000, r"is nested too deep; got 'JSON'|may have 50 levels"),
    ("[" * 1000 + "]" * 1000, r"must hold keys and values|is nested too deep"),
    ("a: " + "{b: " * 1000 + "1" + "}" * 1000, r"is nested too deep; got 'YAML'."),
    ('{"a": %s}' % ("9" * 5000), r"must be readable as JSON; got 'Exceeds the limit"),
    ("a: !!python/object/apply:os.system ['true']", r"must be readable as YAML; got .*could not determine a constructor"),
    ("a: &x [*x]", r"must be readable as YAML; got 'its aliases unfold to too many values'."),
])  # fmt: skip
def test_what_cannot_be_read(text, error):
    with pytest.raises(ScheduleError, match=error) as caught:
        documents.read(text)
    assert len(str(caught.value)) < 400


def test_a_bomb_is_refused_before_it_unfolds():
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]\n" for k in range(1, 12))
    start = time.perf_counter()
    with pytest.raises(ScheduleError, match=r"its aliases unfold to too many values"):
        documents.read(bomb + TRAINER)
    assert time.perf_counter() - start < 2


def test_yaml_that_speaks_of_flags_is_yaml():
    text = f"command: python train.py --lr 3 --train-iters 10 --lr-decay-style WSD\n{TRAINER}"
    assert configs.detect(text) == configs.detect(f"---\n# --lr 1\n{text}") == "trainer"


def test_aliases_and_merges_that_are_small_are_read():
    text = "base: &base {learning_rate: 0.1, max_steps: 10}\nrun:\n  <<: *base\n  warmup_steps: 3\n"
    assert documents.read(text)["run"] == {"learning_rate": 0.1, "max_steps": 10, "warmup_steps": 3}


def test_flags_in_all_their_forms():
    text = """
export RATE=3e-4
B='0.95'
OPTIONS=" \\
   --lr $RATE \\
   --adam-beta2=${B} --betas 0.9 0.95 # and --more 3
"
python train.py "--min-lr" "3e-5", '--warmup' 7 --late $LATE --other ${OTHER:-4} -b 32 --name x y --bf16 > out.txt
"""
    found = flags.read(text)
    assert {name: found[name] for name in found if name != "__flags__"} == {
        "lr": "3e-4", "adam_beta2": "0.95", "betas": ["0.9", "0.95"], "min_lr": "3e-5", "warmup": "7",
        "late": "$LATE", "other": "4", "batch_size": "32", "name": "x", "bf16": True,
    }  # fmt: skip


def test_variables_that_point_at_each_other():
    assert flags.read("A=$B\nB=$A\n--lr $A")["lr"].startswith("$")
    assert flags.read("A=${A:-1}\n--lr $A")["lr"] == "1"


def test_pointers_of_omegaconf():
    text = "trainer: {max_epochs: 30}\na: ${trainer.max_epochs}\nb: ${a}\nc: ${c}\nd: ${oc.env:HOME,x}\ne: ['${a}']\n"
    found = documents.read(text)
    assert (found["a"], found["b"], found["c"], found["d"], found["e"]) == (
        30,
        30,
        "${c}",
        "${oc.env:HOME,x}",
        [30],
    )


def test_the_name_of_a_file_stands_before_the_error():
    with pytest.raises(ScheduleError, match=r"^ds.json: deepspeed: scheduler.type: must be one of"):
        configs.read('{"scheduler": {"type": "x"}}', "ds.json", format="deepspeed")
    with pytest.raises(
        ScheduleError,
        match=r"^a.yaml: must be a configuration of trainer, .*; got 'a, b'. Say which: format=.",
    ):
        configs.read("a: 1\nb: 2\n", "a.yaml")
    with pytest.raises(
        ScheduleError, match=r'^format: must be one of .*; got \'trainr\'. Did you mean "trainer"?'
    ):
        configs.read(TRAINER, format="trainr")


def test_reading_loads_no_framework():
    import subprocess
    import sys

    code = f"import sys; from stepsize import configs; configs.read({TRAINER!r}); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"torch", "transformers", "numpy", "jax"} & {name.split(".")[0] for name in loaded}


def test_numbers_that_yaml_takes_for_text():
    plain = configs.read(TRAINER.replace("3.0e-4", "3e-4"))
    assert plain.schedule == configs.read(TRAINER).schedule == ss.cosine(3e-4, 0.0, 100)
    assert plain.notes[-1].endswith("taken as 0.0003.") or "taken as 0.0003." in " ".join(plain.notes)
