"""The command, called in this process or as a shell calls it, in a folder of its own."""

import subprocess
import sys
from typing import NamedTuple

import pytest

from stepsize.cli import main


class Done(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def plain(tmp_path, monkeypatch):
    """An empty folder, 80 columns, no colours."""
    monkeypatch.chdir(tmp_path)
    for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def stepsize(capsys, monkeypatch):
    """Call the command in this process: quick."""

    def call(*words, given=None):
        if given is not None:
            monkeypatch.setattr("sys.stdin", Bytes(given))
        code = main(list(words))
        return Done(code, *capsys.readouterr())

    return call


@pytest.fixture
def fresh():
    """Call it as a shell does, in a process of its own."""

    def call(*words, given=b""):
        done = subprocess.run([sys.executable, "-m", "stepsize", *words], input=given, capture_output=True)
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call


class Bytes:
    """Standard input that holds these bytes."""

    def __init__(self, data):
        self.buffer = self
        self.data = data

    def read(self, most):
        return self.data[:most]
