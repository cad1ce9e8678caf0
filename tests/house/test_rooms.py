"""The rooms: imports point downwards only, and no edge imports another."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "stepsize"
ROOMS = (
    {
        "errors",
        "_accept",
        "_aside",
        "_length",
        "_numbers",
        "_numbers_numpy",
        "_numbers_jax",
        "_numbers_torch",
        "_split",
        "_spelled",
        "_value",
    },  # ground
    {"shapes", "tails", "schedule"},  # language
    {
        "recipes",
        "records",
        "testing",
        "horizon",
        "spelling",
        "published",
        "replan",
        "adaptive",
        "clocks",
        "difference",
        "twins",
        "training",
        "configs",
    },  # library
    {"hosts", "lab", "plots", "checks", "logs", "laws"},  # edges
    {"cli", "__main__"},  # doors
)
SIDE_BY_SIDE = {"hosts", "lab", "plots", "checks", "logs", "laws"}
THE_WHOLE = {"testing", "lab", "hosts"}  # speak of schedules by their public names: import stepsize
FRAMEWORKS = {
    "numpy": {
        "_numbers_numpy",
        "cli",
        "configs",
        "difference",
        "lab",
        "laws",
        "logs",
        "plots",
        "records",
        "twins",
    },
    "jax": {"_numbers_jax"},
    "torch": {"_numbers_torch", "hosts", "lab", "twins"},
    "sklearn": {"lab"},
    "scipy": {"lab", "laws", "logs"},
    "yaml": {"configs"},
    "tensorboard": {"logs"},
    "matplotlib": {"plots"},
    "keras": {"hosts"},
    "lightning": {"hosts"},
    "transformers": {"hosts"},
    "accelerate": {"hosts"},
    "typer": {"cli"},
    "rich": {"cli"},
}


def room_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def level(room):
    return next(k for k, rooms in enumerate(ROOMS) if room in rooms)


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are spelled in full"
            if node.module == "stepsize":
                yield from (f"stepsize.{alias.name}" for alias in node.names)
            else:
                yield node.module


FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downwards(path):
    room = room_of(path)
    for name in imports(path):
        top, _, rest = name.partition(".")
        if top != "stepsize":
            assert room in FRAMEWORKS.get(top, {room}), f"{path}: {room} may not import {top}"
            continue
        other = rest.split(".")[0]
        if other not in {name for rooms in ROOMS for name in rooms}:
            assert room in THE_WHOLE or level(room) > level("hosts"), (
                f"{path}: {room} imports the whole of stepsize"
            )
            continue
        assert level(other) <= level(room), f"{path}: {room} may not import {other}, which stands above it"
        if room != other and room in SIDE_BY_SIDE:
            assert other not in SIDE_BY_SIDE, f"{path}: {room} may not import {other}, which stands beside it"


def test_every_file_has_a_room():
    assert {room_of(path) for path in FILES} <= {name for rooms in ROOMS for name in rooms}


def test_no_file_grows_past_one_concept():
    long = {str(path): len(path.read_text().splitlines()) for path in FILES}
    assert not {path: lines for path, lines in long.items() if lines > 350}
