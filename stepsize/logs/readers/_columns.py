"""Which column is the step, which the rate, which the loss: guessed from its name.

A name is cut into words: "lr-AdamW/pg1" is lr, adam, w, pg1. The first rule that fits gives its rank; a low rank is
taken before a high one.

    rate    learning_rate, lr; then those that end so (train/lr); then those that hold it (lr-AdamW, lr/group0)
    loss    loss; train_loss; lm_loss, total_loss; another loss; that of a validation only where there is no other
    step    global_step, num_updates, step, iteration, iter, update, batch; then tokens, samples; epoch last
"""

import re
from functools import lru_cache
from typing import NamedTuple

_WORD = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")
_NO_RATE = {
    "scheduler", "ratio", "mult", "multiplier", "scale", "scaling", "factor", "decay", "wd", "momentum", "loss",
    "policy", "size", "beta", "beta1", "beta2",
}  # fmt: skip
_OTHER_RATE = {
    "base",
    "initial",
    "init",
    "min",
    "max",
    "peak",
    "final",
    "end",
    "decoupled",
    "warmup",
    "target",
}
_ELSEWHERE = {"val", "valid", "validate", "validation", "eval", "evaluation", "test", "dev"}
_NO_LOSS = {
    "scale",
    "scaler",
    "weight",
    "lambda",
    "best",
    "min",
    "max",
    "delta",
    "avg",
    "mean",
    "ema",
    "smooth",
}
_NO_STEP = _ELSEWHERE | {
    "max", "total", "warmup", "skipped", "nan", "number", "per", "best", "save", "saved", "last", "accumulation",
    "decay", "elapsed", "log", "logging", "every",
}  # fmt: skip
_TRAIN = {"train", "training"}
_STEPS = (
    ("global", "step"), ("num", "updates"), ("step",), ("steps",), ("iteration",), ("iterations",), ("iter",),
    ("iters",), ("iter", "num"), ("num", "steps"), ("updates",), ("update",), ("batch",), ("round",),
)  # fmt: skip
_COUNTED = {
    "tokens": "tokens",
    "token": "tokens",
    "samples": "samples",
    "examples": "samples",
    "epoch": "epochs",
}
_COUNTED |= {"epochs": "epochs", "ep": "epochs"}


class Role(NamedTuple):
    """What a column seems to be: ``what`` is "step", "rate" or "loss"; ``counts`` says what a step counts."""

    what: str
    rank: int
    counts: str = "steps"


@lru_cache(maxsize=4096)
def role(name: str) -> Role | None:
    """What a column of this name seems to be; None for anything else.

    >>> role("train/learning_rate"), role("lr_scheduler_last_epoch"), role("eval_loss")
    (Role(what='rate', rank=2, counts='steps'), None, Role(what='loss', rank=9, counts='steps'))
    """
    if len(name) > 200 or name.endswith(
        ("__MIN", "__MAX")
    ):  # the extremes beside a column, in exports of W&B
        return None
    if name == "_step":  # of W&B, which counts the calls of its log; a step of the training's own is better
        return Role("step", 45)
    told = words(name.rpartition(" - ")[2])
    return _rate(told) or _loss(told) or _step(told)


def words(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case: of camelCase, too."""
    return tuple(word.lower() for word in _WORD.findall(name))


def _rate(told: tuple[str, ...]) -> Role | None:
    ends = _places(told)
    if not ends or _NO_RATE & {*told} or _OTHER_RATE & {*told[: ends[0]]}:
        return None
    return Role("rate", 0 if told in (("learning", "rate"), ("lr",)) else 2 if ends[-1] == len(told) else 3)


def _places(told: tuple[str, ...]) -> list[int]:
    """Where in a name "lr" or "learning rate" ends."""
    ends = [k + 1 for k, word in enumerate(told) if re.fullmatch(r"lrs?\d*|learningrate\d*", word)]
    return ends + [
        k + 2 for k in range(len(told) - 1) if told[k] == "learning" and re.match(r"rates?\d*$", told[k + 1])
    ]


def _loss(told: tuple[str, ...]) -> Role | None:
    if not told or not any(word in ("loss", "losses") for word in told) or _NO_LOSS & {*told}:
        return None
    if _ELSEWHERE & {*told}:
        return Role("loss", 9)
    rest = [word for word in told if word not in ("loss", "step")]
    if not rest:
        return Role("loss", 0)
    if {*rest} <= _TRAIN:
        return Role("loss", 1)
    return Role("loss", 2 if {*rest} <= _TRAIN | {"lm", "total", "cross", "entropy"} else 3)


def _step(told: tuple[str, ...]) -> Role | None:
    if not told:
        return None
    if counts := _COUNTED.get(told[-1]):
        held = {"per", "skipped", "max", "best", "last", "number"} | (
            _ELSEWHERE if counts != "epochs" else {"eval"}
        )
        rank = {"tokens": 50, "samples": 60, "epochs": 70}[counts]
        return None if held & {*told} or len(told) > 3 else Role("step", rank + len(told), counts)
    if _NO_STEP & {*told}:
        return None
    ends = [k for k, wanted in enumerate(_STEPS) if told[-len(wanted) :] == wanted]
    return Role("step", 3 * min(ends) + min(len(told), 3) - 1) if ends and len(told) <= 3 else None
