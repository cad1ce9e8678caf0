"""What kind of log a path is, found from its name and its first lines."""

import json
import re
from pathlib import Path

from stepsize.errors import ScheduleError, message
from stepsize.logs.readers import _csv, _events, _mlflow
from stepsize.logs.readers._source import Source, opened

STATE = "trainer_state.json"
_IN_A_FOLDER = (
    "metrics.csv",
    "results.csv",
    "summary.csv",
    "metrics.jsonl",
    "metrics.json",
    "log.jsonl",
    "log.csv",
)
_CHECKPOINT = re.compile(r"checkpoint-(\d{1,18})")


def located(path: Path) -> Path:
    """The file that is meant by a folder, such as trainer_state.json in that of a checkpoint; else the path itself.

    Raises:
        ScheduleError: there is no such path, or no log in the folder.
    """
    try:
        if not path.is_dir():
            with opened(path):
                return path
        found = _in(path)
    except OSError as error:
        rule = "must be a folder that can be read"
        raise ScheduleError(message(str(path), rule, error.strerror or str(error))) from None
    if found is None:
        remedy = f"Name a file, or a folder with {STATE}, TensorBoard's events, or MLflow's metrics."
        names = ", ".join(sorted(one.name for one in path.iterdir())[:5]) or "an empty folder"
        raise ScheduleError(message(str(path), "must hold a log", names, remedy))
    return found


def _in(folder: Path) -> Path | None:
    """What is read of a folder; the folder itself for events and for MLflow."""
    if (folder / STATE).is_file():
        return folder / STATE
    if _events.files(folder) or _mlflow.runs(folder):
        return folder
    states = [
        file for file in folder.glob(f"checkpoint-*/{STATE}") if _CHECKPOINT.fullmatch(file.parent.name)
    ]
    if states:  # of a Trainer; the last one knows all before it
        return max(states, key=lambda file: int(file.parent.name.partition("-")[2]))
    return next((folder / name for name in _IN_A_FOLDER if (folder / name).is_file()), None)


def kind(path: Path) -> str:
    """Its format, one of ``stepsize.logs.reading.FORMATS``."""
    if path.is_dir():
        return "events" if _events.files(path) else "mlflow"
    if _events.MARK in path.name:
        return "events"
    head = Source(path).head()
    text = head.lstrip("\ufeff \t\r\n")
    if re.match(r'\{\s*["}]|\[\s*\{\s*"', text) or text.startswith('[{"'):
        return _of_json(text)
    if _mlflow.is_metric(text):
        return "mlflow"
    return "csv" if _csv.delimiter(head) else "text"


def _of_json(text: str) -> str:
    """Which of the three: the history of a Trainer, a line a row, or a document."""
    if '"log_history"' in text:
        return "trainer"
    if text.startswith("["):
        return (
            "trainer" if all(f'"{name}"' in text for name in ("learning_rate", "epoch", "step")) else "json"
        )
    try:
        row = json.loads(text.partition("\n")[0])
    except (ValueError, RecursionError):
        return "json" if text.partition("\n")[0].strip() in ("{", '{"') or "\n" not in text else "jsonl"
    return "json" if _has_columns(row) else "jsonl"


def _has_columns(value: object, deep: int = 4) -> bool:
    """Whether a list with more than a group's rates stands somewhere in a row."""
    if isinstance(value, list):
        return len(value) > 1 and isinstance(value[0], int | float | dict) and len(value) > 8
    return isinstance(value, dict) and deep > 0 and any(_has_columns(one, deep - 1) for one in value.values())
