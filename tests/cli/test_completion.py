"""What the shell offers: its call for completions, made as each shell makes it."""

import os
import subprocess
import sys

import pytest

NAMED = {
    "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"
}  # the shell is named, and not the one that runs this
PUBLISHED = ["published:gpt1", "published:gpt3"]


@pytest.fixture
def ask(stepsize, monkeypatch):
    """What a shell is offered for the last of these words."""

    def ask(shell, *typed):
        line = " ".join(["stepsize", *typed])
        asked = {
            "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(typed))},
            "zsh": {"_TYPER_COMPLETE_ARGS": line},
            "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
        }[shell]
        for name, value in (asked | {"_STEPSIZE_COMPLETE": f"complete_{shell}"}).items():
            monkeypatch.setenv(name, value)
        done = stepsize()
        assert done.err == ""
        return done.out

    return ask


@pytest.fixture
def offered(ask):
    """The words alone, without their help."""

    def offered(shell, *typed):
        lines = ask(shell, *typed).splitlines()
        if shell == "zsh":
            lines = [line.split('"')[1].replace("\\\\:", ":") for line in lines if line.count('"') > 1]
        return [line.partition("\t")[0] for line in lines if line]

    return offered


OFFERS = [
    (["sh"], ["show"]),
    (["ta"], ["table"]),
    (["show", "3e-4", "--st"], ["--steps", "--steps-per-epoch"]),
    (["race", "--ta"], ["--task"]),
    (["show", "warm"], ["warmup_cosine", "warmup_linear"]),
    (["table", "3e-4", "wsd"], ["wsd", "wsd_s"]),
    (["json", "hol"], ["hold"]),
    (["show", '"inv'], ["inverse_sqrt"]),
    (["json", "3e-4", "--to", "s"], ["spelling"]),
    (["show", "runs/"], []),
]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(("typed", "words"), OFFERS, ids=lambda words: " ".join(words))
def test_words_go_on(ask, offered, shell, typed, words):
    if shell == "zsh" and not words:
        assert ask(shell, *typed).strip() == "_files"
    else:
        assert offered(shell, *typed) == words


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_published_schedules(offered, shell):
    assert offered(shell, "show", "published:gpt") == PUBLISHED


def test_bash_cuts_words_at_colons(offered):
    assert offered("bash", "show", "published", ":", "gpt") == ["gpt1", "gpt3"]
    assert "gpt3" in offered("bash", "show", "published", ":")
    assert offered("bash", "show", '"published:gpt') == PUBLISHED


def test_published_schedules_are_not_in_the_way(offered):
    assert not any("published" in word for word in offered("bash", "show", ""))
    assert "published:gpt3" in offered("bash", "show", "pub")
    assert "published:qwen3" not in offered("bash", "show", "pub")  # there is no such schedule


def test_a_shell_is_answered_by_a_process():
    asked = {"COMP_WORDS": "stepsize show warm", "COMP_CWORD": "2", "_STEPSIZE_COMPLETE": "complete_bash"}
    words = [sys.executable, "-m", "stepsize"]
    done = subprocess.run(words, env=os.environ | asked, capture_output=True, text=True)
    assert done.stdout.split() == ["warmup_cosine", "warmup_linear"]
    assert done.stderr == ""


def test_help_stands_beside_the_words(ask):
    assert (
        "d2z\tLinear to zero, the end that a run of fixed length does…"
        in ask("fish", "show", "d2").splitlines()
    )
    assert "published:gpt3\tGPT-3 175B" in ask("fish", "show", "published:gpt3").splitlines()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_shown(shell):
    words = [sys.executable, "-m", "stepsize", "--show-completion", shell]
    done = subprocess.run(words, env=os.environ | NAMED, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_STEPSIZE_COMPLETE=complete_{shell}" in done.stdout


@pytest.mark.parametrize(
    ("shell", "file"),
    [("bash", ".bashrc"), ("zsh", ".zshrc"), ("fish", ".config/fish/completions/stepsize.fish")],
)
def test_the_script_is_installed(tmp_path, shell, file):
    environment = os.environ | NAMED | {"HOME": str(tmp_path)}
    words = [sys.executable, "-m", "stepsize", "--install-completion", shell]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / file).exists()


@pytest.mark.parametrize("how", ["complete_bash", "complete_tcsh", "nonsense", ""])
def test_a_broken_call_shows_no_traceback(how):
    environment = os.environ | {"_STEPSIZE_COMPLETE": how}
    done = subprocess.run([sys.executable, "-m", "stepsize"], env=environment, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
