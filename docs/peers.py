"""Write docs/peers.md again, from the docstrings of stepsize/twins: python docs/peers.py."""

import re
import sys
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from typing import NamedTuple

from stepsize.schedule.words import rate
from stepsize.twins._names import PEERS, names
from stepsize.twins.same_words import Words, peers_of

HERE = Path(__file__).parent
ASKED = Words(warmup=10, steps=100, decay="cosine", end=0.1)

HEAD = """\
# Twins

The same words give other curves in other libraries. A twin is the schedule of one of them as one exact value: called as
its peer is, with the base rate where theirs takes the optimizer, it gives the rate that the peer applies, update for
update.

```python
>>> from stepsize import twins
>>> s = twins.transformers.cosine(3e-4, num_warmup_steps=500, num_training_steps=10_000)
>>> s(0), s(500), s(10_000)                       # their first update does nothing
(0.0, 0.0003, 0.0)
>>> print(s)
0 -> 3e-4 in 500; -> 0 cosine in 9500

```

Wherever a schedule is asked for, `twin:transformers.cosine(3e-4, 500, 10k)` is one. `stepsize diff A B` says where two
differ, and why; `stepsize peers "warmup 10, cosine to 0.1, 100 steps"` shows what the words give in each library;
`twins.of(scheduler)` makes our value of a live one. In the run a twin is its peer, lags and floors included. After the
end, where some rise again or turn negative, it is held; what else is not copied stands under the twin.

This page is generated from the docstrings: `python docs/peers.py`.
"""


class Twin(NamedTuple):
    """What a docstring says of a twin."""

    names: tuple[str, ...]
    summary: str
    formula: str
    conventions: dict[str, str]
    sections: dict[str, str]


def twin(called: tuple[str, ...], docstring: str) -> Twin:
    """Take a docstring apart: the line, the formula, the conventions, and what stands under each heading."""
    text = cleandoc(docstring).split("\n>>>")[0]
    parts = re.split(r"^(Args|Raises|Theirs|Source|Checked|Returns|Note):\n", text, flags=re.M)
    head, sections = parts[0], dict(zip(parts[1::2], map(cleandoc, parts[2::2]), strict=True))
    paragraphs = head.strip().split("\n\n")
    last = next((k for k, p in enumerate(paragraphs) if p.startswith("First update")), len(paragraphs))
    formula = "\n\n".join(p for p in paragraphs[1:last] if re.search(r"^    ", p, re.M))
    said = next((p for p in paragraphs if p.startswith("First update")), "")
    parts = [one.strip().rstrip(".") for one in " ".join(said.split()).split(";")]
    keys = ("First update", "peak", "last update", "after the end")
    found = {
        key: next((one.removeprefix(key).strip() for one in parts if one.startswith(key)), "") for key in keys
    }
    return Twin(called, " ".join(paragraphs[0].split()), formula, found, sections)


def twins_of(peer: str) -> list[Twin]:
    """The twins of a library, each once, with all its names."""
    module = import_module(f"stepsize.twins.{peer}")
    called: dict[object, list[str]] = {}
    for name in names(module.__name__):
        called.setdefault(getattr(module, name), []).append(name)
    return [twin(tuple(known), function.__doc__ or "") for function, known in called.items()]


def page() -> str:
    """The whole page."""
    found = {peer: twins_of(peer) for peer in PEERS}
    many = sum(map(len, found.values()))
    live = sum(
        one.sections.get("Checked", "").startswith("live") for twins in found.values() for one in twins
    )
    lines = [HEAD, "## The same words", "", *_same_words(), "", "## All of them", ""]
    lines += [
        f"{many} twins of {len(found)} libraries; {live} are checked live, against the library itself, the"
    ]
    lines += ["others against its formulas.", ""]
    for peer, twins in found.items():
        lines += _of(peer, twins)
    return re.sub(r"(?<!`)``(?!`)", "`", "\n".join(lines))


def _same_words() -> list[str]:
    """What each library gives for one and the same words."""
    places = ASKED.places()
    rows = [("library", *(f"{place:,}" for place in places))]
    rows += [(name, *(rate(s(place), 6) for place in places)) for name, (_, s) in peers_of(ASKED).items()]
    table = [_row(row) for row in (rows[0], ("---",) * len(rows[0]), *rows[1:])]
    calls = ["```text", *(call for call, _ in peers_of(ASKED).values()), "```"]
    return [
        f"{ASKED}: the rate applied at update".capitalize(),
        "",
        *table,
        "",
        "Each is one of these:",
        "",
        *calls,
    ]


def _of(peer: str, twins: list[Twin]) -> list[str]:
    module = sys.modules[f"stepsize.twins.{peer}"]
    rows = [
        _row(("twin", "first update", "peak", "last update", "after the end", "checked")),
        _row(("---",) * 6),
    ]
    rows += [
        _row((_called(one), *one.conventions.values(), one.sections.get("Checked", ""))) for one in twins
    ]
    lines = [f"### {peer}", "", *cleandoc(module.__doc__ or "").split("\n"), "", *rows, ""]
    for one in twins:
        lines += [
            f"**{_called(one)}**: {one.summary}",
            "",
            *(["```text", cleandoc(one.formula), "```", ""] if one.formula else []),
        ]
        if theirs := one.sections.get("Theirs"):
            lines += [f"Theirs: {' '.join(theirs.split())}", ""]
        if source := one.sections.get("Source"):
            lines += [f"Source: {' '.join(source.split())}", ""]
    return lines


def _called(one: Twin) -> str:
    return ", ".join(f"`{name}`" for name in one.names)


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    (HERE / "peers.md").write_text(page())
