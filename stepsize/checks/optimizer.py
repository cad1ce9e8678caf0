"""The rate together with the optimizer: how high the peak is, its groups, and its weight decay."""

import math
from collections.abc import Iterator

from stepsize.checks import mend
from stepsize.checks.case import Case
from stepsize.checks.rule import Found, rule

PUBLISHED = {  # parameters and peak, all of Adam or AdamW: rows of stepsize/published
    "gpt1": (117e6, 2.5e-4), "smollm2_135m": (135e6, 3e-3), "bert": (340e6, 1e-4), "smollm2_360m": (360e6, 3e-3),
    "smollm2_1_7b": (1.7e9, 5e-4), "smollm3_3b": (3e9, 2e-4), "olmo2_7b": (7e9, 3e-4), "deepseek_llm_7b": (7e9, 4.2e-4),
    "llama3_8b": (8e9, 3e-4), "deepseek_v2_lite": (15.7e9, 4.2e-4), "olmo2_32b": (32e9, 6e-4),
    "llama_65b": (65e9, 1.5e-4), "deepseek_llm_67b": (67e9, 3.2e-4), "chinchilla_70b": (70e9, 1e-4),
    "llama2_70b": (70e9, 1.5e-4),
    "gpt3": (175e9, 6e-5), "deepseek_v2": (236e9, 2.4e-4), "llama3_405b": (405e9, 8e-5), "deepseek_v3": (671e9, 2.2e-4),
}  # fmt: skip
HIGH, LOW = 3, 1000  # times above the highest, and below the lowest, of the models of about this size
_SIZE = 4  # times larger or smaller: about this size
HIGHEST = {  # optimizer: a peak above which nobody has published one, with room
    "sgd": 10.0, "adam": 0.03, "lion": 0.01, "muon": 0.25, "adafactor": 0.1,
}  # fmt: skip
_DECOUPLED = ("adamw", "lion", "muon")
_AT_ONCE, _NEVER = 10, 10  # updates, and times the run


@rule(
    "peak-high",
    "warning",
    why="Above what anybody has published the run most likely diverges, or the rate was meant for another "
    "optimizer.",
    source="ten times the highest published rate: 3e-3 for Adam, 0.025 for Muon, 0.01 for Adafactor "
    "(docs/published.md); for SGD three times the 3.2 of Goyal et al., arXiv 1706.02677; Lion takes"
    " 3 to 10 times less than Adam, arXiv 2302.06675",
    remedy="Look at the optimizer and at the exponent.",
    asks=("optimizer",),
)
def peak_high(case: Case) -> Iterator[Found]:
    """The peak is above 10 with SGD, 0.03 with an Adam, 0.01 with Lion, 0.25 with Muon, 0.1 with Adafactor; 1 is
    taken as a multiplier.
    """
    optimizer = case.training.optimizer or ""
    limit = HIGHEST.get("adam" if case.adam else optimizer)
    if limit and case.peak > limit and not case.multiplies and not (case.adam and case.training.parameters):
        what = f"The peak of {case.shown(case.peak)} is above any that {optimizer} was published with."
        yield Found(what, case.highest.at)


def range_for(parameters: float) -> tuple[float, float]:
    """The lowest and highest peak with which models of about this size were published."""
    near = [peak for size, peak in PUBLISHED.values() if size / _SIZE <= parameters <= size * _SIZE]
    if not near:  # smaller or larger than any: as the nearest
        size = min((size for size, _ in PUBLISHED.values()), key=lambda size: abs(size - parameters))
        return range_for(size)
    return min(near), max(near)


@rule(
    "peak-for-size",
    "warning",
    why="Peaks fall with the size of the model; one far outside of what models of this size were trained "
    "with is mostly a slip in the exponent, or copied from another size.",
    source="the peaks of published models with Adam, by their size: docs/published.md",
    remedy="Look at the exponent; a rate for fine-tuning may well be lower.",
    asks=("optimizer", "parameters"),
)
def peak_for_size(case: Case) -> Iterator[Found]:
    """With an Adam, the peak is more than three times the highest that was published for models of a quarter to four
    times the size; a note where it is less than a thousandth of the lowest.
    """
    size, peak = case.training.parameters, case.peak
    if not case.adam or not size or case.multiplies or peak <= 0:
        return
    low, high = range_for(size)
    if peak > HIGH * high or peak < low / LOW:
        severity = "warning" if peak > high else "note"
        usual = f"{case.shown(low)} to {case.shown(high)}"
        what = f"The peak is {case.shown(peak)}; models of about {_sized(size)} were published with {usual}."
        mended = mend.scaled(case.schedule, high / peak) if peak > high else None
        yield Found(what, case.highest.at, severity, mend=mended)


def _sized(parameters: float) -> str:
    """A size as one says it: 124M, 7B."""
    size, letter = next(
        ((s, c) for s, c in ((1e12, "T"), (1e9, "B"), (1e6, "M")) if parameters >= s), (1, "")
    )
    return f"{parameters / size:.3g}{letter} parameters"


@rule(
    "group-below-end",
    "error",
    why="An absolute minimum holds for every group: one that starts below it is annealed up, and not down.",
    source="CosineAnnealingLR(eta_min=1e-2) with groups at 1 and 1e-3 raises the second tenfold; "
    "huggingface/transformers PR#31870",
    remedy="Give the minimum as a share of each group's own rate, or put it below the smallest of them.",
    asks=("groups",),
)
def group_below_end(case: Case) -> Iterator[Found]:
    """The lowest rate after the peak is above the highest rate of a parameter group."""
    after = [stretch for stretch in case.stretches if stretch.at(stretch.b) > case.highest.at]
    low = min((stretch.limit(stretch.b) for stretch in after), default=case.peak)
    below = [group for group in case.training.groups if 0 < group < low]
    if below and low < case.peak:
        what = f"The schedule comes down to {case.shown(low)}, above the rate of a group, {case.shown(min(below))}."
        end = float(f"{min(below) * low / case.peak:.3g}")
        yield Found(what, case.end, mend=mend.ended(case.schedule, end))


@rule(
    "decay-timescale",
    "warning",
    why="Decoupled weight decay takes rate * decay of each weight in an update: weights are an average "
    "over 1 / (rate * decay) updates, which belongs between a few percent of the run and all of it.",
    source="Wang and Aitchison, arXiv 2405.13698; Bergsma et al., arXiv 2505.13738",
    remedy="Change the weight decay, or the peak, so that 1 / (peak * decay) is of the order of the run.",
    asks=("optimizer", "weight_decay"),
)
def decay_timescale(case: Case) -> Iterator[Found]:
    """With AdamW, Lion or Muon, 1 / (peak * weight decay) is below 10 updates; an error where it is at most 1, a note
    where it is more than ten times the run.
    """
    decay = case.training.weight_decay
    decoupled = any(name in (case.training.optimizer or "") for name in _DECOUPLED)
    if not decoupled or not decay or case.multiplies or not 0 < case.peak * decay < math.inf:
        return
    forgets, run = 1 / (case.peak * decay), case.training.steps
    within = "1 update" if forgets <= 1 else f"{_plain(forgets)} updates"
    what = f"Weights forget within {within}: 1 / ({case.shown(case.peak)} * {case.shown(decay)})"
    if forgets < _AT_ONCE:
        yield Found(f"{what}.", case.highest.at, "error" if forgets <= 1 else None)
    elif run and forgets > _NEVER * run:
        yield Found(f"{what}, of a run of {run:,}: the weight decay hardly acts.", None, "note")


def _plain(many: float) -> str:
    return f"{many:,.0f}" if many < 1e9 else f"{many:.3g}"
