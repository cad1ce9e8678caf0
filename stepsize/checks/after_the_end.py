"""What libraries do after the end of their schedules, where a twin is held: what their twins' docstrings say.

``tests/checks/test_after_the_end.py`` holds the table against those docstrings, and against the libraries that are
installed.
"""

import math
import re

from stepsize.checks.case import Case

_COSINE = "rises again"
_BELOW = "turns negative"
AFTER = {  # library.schedule, as its twin is called: what it does
    "torch.CosineAnnealingLR": _COSINE,
    "torch.OneCycleLR": "raises an error",
    "transformers.get_cosine_schedule_with_warmup": _COSINE,
    "transformers.get_cosine_with_min_lr_schedule_with_warmup": _COSINE,
    "transformers.get_cosine_with_min_lr_schedule_with_warmup_lr_rate": _COSINE,
    "mmengine.CosineAnnealingLR": _COSINE,
    "mmengine.OneCycleLR": "raises an error",
    "torchtitan.LRSchedulersContainer": "rises again or turns negative",
    "olmo_core.CosWithWarmupAndLinearDecay": _BELOW,
    "olmo_core.WSD": _BELOW,
    "olmo_core.PowerLR": _BELOW,
    "fairseq.cosine": "begins a new cycle",
    "deepspeed.LRRangeTest": _COSINE,
}
_CALL = re.compile(r"(?:twin:|twins\.)?(\w+)\.(\w+)\(")
_A_FEW = 2  # updates by which the lengths of twins differ from what their libraries call the end


def name_of(call: str) -> tuple[str, str] | None:
    """The library and the schedule of a call such as "twin:torch.StepLR(0.1, 30)"; None where it is not one call."""
    match = _CALL.match(call.strip())
    if match is None or _closing(call.strip(), match.end() - 1) != len(call.strip()) - 1:
        return None
    return match[1], match[2]


def _closing(text: str, opening: int) -> int:
    """Where the bracket that opens at a place is closed; -1 where it is not."""
    depth = 0
    for k in range(opening, len(text)):
        depth += (text[k] == "(") - (text[k] == ")")
        if depth == 0:
            return k
    return -1


def of(case: Case) -> str | None:
    """What the library of a twin does in the rest of the run: "torch.CosineAnnealingLR rises again"; None, nothing."""
    run, length = case.told, case.schedule.length
    if case.twin is None or not run or not 0 < length < math.inf or run <= length + _A_FEW:
        return None
    name = name_of(case.twin)
    if name is None:
        return None
    does = AFTER.get(_canonical(*name))
    return does and f"{name[0]}.{name[1]} {does}"


def _canonical(peer: str, name: str) -> str:
    """The name of a twin, whatever name it is called by: "transformers.cosine" is a short one."""
    from stepsize.twins._names import UnknownTwin, library  # where there is a twin

    try:
        return f"{peer}.{library(peer)(name).__name__}"
    except UnknownTwin:
        return ""
