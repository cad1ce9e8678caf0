"""The page docs/cli.md: every example runs, and prints what the page says.

An example is a block of ``console``: a line that begins with "$ " is typed into a shell, and what stands below it
is what it prints, errors too. The blocks of the page share one folder.

    python -m tests.cli.test_docs      runs the examples, and writes what they print into the page
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/cli.md"
BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.M | re.S)
TYPED = re.compile(r"^\$ ((?:.*\\\n)*.*)\n", re.M)  # a backslash goes on in the next line


def shell(folder):
    """What runs a line in ``folder``, where ``stepsize`` is this checkout, and the width is 80."""
    home = folder / "bin"
    home.mkdir()
    command = home / "stepsize"
    command.write_text(
        f'#!/bin/sh\nPYTHONPATH="{PAGE.parents[1]}" exec "{sys.executable}" -m stepsize "$@"\n'
    )
    command.chmod(0o755)
    (folder / "work").mkdir()
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}
    environment = kept | {"PATH": f"{home}{os.pathsep}{os.environ['PATH']}"}

    def run(line):
        where = {"cwd": folder / "work", "env": environment, "stderr": subprocess.STDOUT}
        return subprocess.run(["sh", "-c", line], stdout=subprocess.PIPE, text=True, **where).stdout

    return run


def printed(block, run):
    """A block as it comes out when its lines are typed."""
    return "".join(f"$ {line}\n{run(line)}" for line in TYPED.findall(block))


def test_every_example_prints_what_the_page_says(tmp_path):
    run = shell(tmp_path)
    blocks = BLOCK.findall(PAGE.read_text())
    assert len(blocks) > 10
    for block in blocks:
        assert printed(block, run) == block


def test_every_command_and_option_is_on_the_page():
    import typer

    from stepsize.cli.app import app

    page = PAGE.read_text()
    for name, command in typer.main.get_command(app).commands.items():
        assert f"stepsize {name}" in page
        if name != "race":  # it has a page of its own
            for parameter in command.params:
                assert all(option in page for option in parameter.opts if option.startswith("--")), (
                    parameter.name
                )


@pytest.mark.parametrize(
    "block",
    ["$ stepsize json 3e-4 --to spelling\n3e-3\n", "$ stepsize --version\n", "$ stepsize json 1\\\n  2\n1\n"],
)
def test_a_page_that_lies_is_seen(tmp_path, block):
    assert printed(block, shell(tmp_path)) != block


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        fresh = shell(Path(place))
        PAGE.write_text(BLOCK.sub(lambda found: printed(found[0], fresh), PAGE.read_text()))
