"""Plain text: whatever a line says as name and number, in the manner of the programs that print such lines.

    Megatron-LM, training_log           iteration   100/ 500000 | ... | learning rate: 1.500000E-04 | lm loss: 2.1E+00 |
    DeepSpeed, _report_progress         [Rank 0] step=100, skipped=0, lr=[0.0003, 0.0003], mom=[[0.9, 0.95], ...]
    torchtitan, MetricsProcessor.log    step: 10  loss:  7.1234  grad_norm: ...      in colours; forks add lr
    nanoGPT, train.py                   iter 100: loss 2.1234, time 12.00ms          forks add lr
    modded-nanogpt                      step:100/1750 train_loss:4.5000 ...          forks add lr
    transformers, PrinterCallback       {'loss': '2.1', 'learning_rate': '3e-05', 'epoch': '0.5'}      epochs only
    fairseq, JsonProgressBar            | INFO | train_inner | {"loss": "12.3", "num_updates": "100", "lr": "1.25e-05"}
    timm, train.py                      Train: 0 [  50/1251 (  4%)]  Loss: 6.9 (6.9)  LR: 1.000e-05
    mmengine, LogProcessor              Epoch(train)  [1][  50/7330]  lr: 2.0e-05  loss: 1.2; also Iter(train) [...]
    detectron2, CommonMetricPrinter     eta: 1:02:03  iter: 19  total_loss: 1.2  lr: 0.00039962  max_mem: 3000M
    OLMo, composer                      [step=100/739328], and the numbers on the lines below it
    tutorials and examples of PyTorch   Epoch [1/90], Step [100/600], Loss: 2.3; Epoch: [0][  10/5005]  Loss 6.9 (6.9)

Where a line gives an epoch and the batch within it, the step is epoch * batches + batch. Lines that follow one another
are one row, as long as each adds something new.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from stepsize.logs.readers._choice import Wanted
from stepsize.logs.readers._columns import Role, role
from stepsize.logs.readers._rows import Row
from stepsize.logs.readers._source import Source

BATCHES = "epoch * batches + batch"  # the name of a step that was made of the two
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_TELLING = ("lr", "loss", "step", "learning", "iter", "epoch", "batch", "update", "token", "sample")
# ++ and *+: nothing is tried twice, for lines are long, and many
_WORD = r"[A-Za-z_][\w./-]*+(?:\(train\))?+"
_NUMBER = (
    r"[-+]?(?:\d{1,3}(?:,\d{3})++(?:\.\d++)?|\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?|[-+]?(?:nan|NaN|inf)"
)
_BETWEEN = r"(?:[\"']?\s*+[:=]\s*+|\s*+\[\s*+|\s++)[\[\"'(]*+\s*+"
_AFTER = r"(?!\w|\.\d)"
_PAIR = re.compile(
    rf"(?<![\w./-])(?P<name>{_WORD}(?: {_WORD}){{0,3}}+){_BETWEEN}(?P<number>{_NUMBER}){_AFTER}"
)
_BATCH = re.compile(
    r"(?:\b(?:Train|Epoch)(?:\(train\))?:?\s*\[?\s*(?P<epoch>\d+)(?:/\d+)?\]?[\s,:|-]*)"
    r"(?:(?:Step|Iter(?:ation)?|Batch)?[\s:]*\[\s*|(?:Step|Iter(?:ation)?|Batch)[\s:]+|\d+%\|[^|]*\|\s*)"
    r"(?P<batch>\d+)\s*/\s*(?P<batches>\d+)",
    re.IGNORECASE,
)
_OTHERS = {
    "val", "valid", "validate", "validation", "eval", "test", "decoupled", "skipped", "nan", "number", "max", "min",
    "base", "initial", "peak", "final", "target", "warmup",
}  # fmt: skip
_LONG = 1 << 14  # signs of a line that are read
_ASIDE = re.compile(
    r"\b(?:val(?:id(?:at(?:e|ion))?)?|eval|test) (?:step|iter(?:ation)?|epoch)$", re.IGNORECASE
)
_LEVELS = re.compile(r"(?:DEBUG|INFO|WARNING|WARN) ")
_DIGITS = str.maketrans("", "", "0123456789.,+- ")
_SHAPES = 500  # of lines that are known at a time
_FAR = 100  # lines that may speak of one step


def rows(source: Source, wanted: Wanted) -> Iterator[Row]:
    """The rows of a text: one for each step that it speaks of."""
    reader = _Reader(source, wanted)
    pending: dict[str, Any] = {}
    below = 0
    for line in source.lines():
        below += 1
        said = reader.said(line)
        if not said:
            continue
        if pending and (below > _FAR or not said.keys().isdisjoint(pending) or _begins(said, pending)):
            yield tuple(pending), list(pending.values())
            pending = {}
        below = below if pending else 0
        pending |= said
    if pending:
        yield tuple(pending), list(pending.values())
    if source.tail.strip():
        source.note("the last line has no end, may be torn, and was left out")


def _begins(said: dict[str, Any], pending: dict[str, Any]) -> bool:
    """Whether a line has a step of its own, and what came before it had both a step and a number."""
    before = {found.what for name in pending if (found := role(name))}
    return (
        "step" in before
        and len(before) > 1
        and any(found.what == "step" and found.counts == "steps" for name in said if (found := role(name)))
    )


class _Reader:
    """Finds what a line says. Lines that differ in their digits alone have their numbers in the same places."""

    def __init__(self, source: Source, wanted: Wanted) -> None:
        self._source, self._wanted = source, wanted
        self._all = any(wanted)  # any line may matter, whatever its words
        self._first: int | None = None  # the number of the first epoch: 0 or 1
        self._known: dict[str, tuple[re.Pattern[str] | None, tuple[str, ...]]] = {}

    def said(self, line: str) -> dict[str, Any]:
        """Names of steps, rates and losses in a line, with their numbers."""
        if not (self._all or _tells(line)):
            return {}
        line = line[:_LONG]
        line = _COLOUR.sub("", line) if "\x1b" in line else line
        shape = line.translate(_DIGITS)
        pattern, names = self._known.get(shape, (None, ("",)))
        if not names:
            return {}
        if pattern is not None and (match := pattern.search(line)):
            return dict(zip(names, match.groups(), strict=True))
        return self._read(line, shape)

    def _read(self, line: str, shape: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if ("[" in line or "/" in line) and (batch := _BATCH.search(line)):
            found[BATCHES] = self._step(*map(int, batch.groups()))
            line = line[: batch.start()] + line[batch.end() :]
        words: list[str] = []
        for match in _PAIR.finditer(line):
            name = _name(match["name"], self._wanted)
            if name is None and _ASIDE.search(match["name"]):
                found, words = {}, []
                break
            if name is None:
                self._source.saw(match["name"])
            elif name not in found:
                found[name] = match["number"]
                words.append(match["name"])
        if BATCHES not in found:
            if len(self._known) > _SHAPES:
                self._known.clear()
            self._known[shape] = (_like(tuple(words)) if words else None), tuple(found)
        return found

    def _step(self, epoch: int, batch: int, batches: int) -> int:
        if self._first is None:
            self._first = min(epoch, 1)
        return (epoch - self._first) * batches + batch


def _tells(line: str) -> bool:
    """Whether a line may speak of a step, a rate or a loss: most lines of most files do not."""
    line = line.lower()
    for word in _TELLING:  # noqa: SIM110  a third of the time that any() takes
        if word in line:
            return True
    return False


@lru_cache(maxsize=64)
def _like(words: tuple[str, ...]) -> re.Pattern[str]:
    """What finds the numbers of these words, in this order, none of them with another word before it."""
    pairs = [rf"(?<![\w./-])(?<![A-Za-z_/] ){re.escape(word)}{_BETWEEN}({_NUMBER}){_AFTER}" for word in words]
    return re.compile("".join([pairs[0], *(f"(?>.*?{pair})" for pair in pairs[1:])]))


@lru_cache(maxsize=4096)
def _name(words: str, wanted: Wanted) -> str | None:
    """The column that stands before a number, without the words before it: "step" for "INFO step"."""
    before, nothing, after = words.rpartition(" nan ")
    if nothing and role(before):  # "loss nan lr", where a number follows
        words = after
    told = _LEVELS.sub("", words, count=1).removesuffix("(train)").split(" ")
    names = [" ".join(told[k:]) for k in range(len(told)) if _OTHERS.isdisjoint(map(str.lower, told[:k]))]
    known = [(_order(found), k) for k, name in enumerate(names) if (found := role(name))]
    return next((name for name in names if name in wanted), names[min(known)[1]] if known else None)


def _order(found: Role) -> int:
    """Which of several names that end alike is meant: of a loss, of tokens and samples the longest."""
    return found.rank if found.what == "rate" or (found.counts == "steps" and found.what == "step") else 0
