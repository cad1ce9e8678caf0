"""Write docs/published.md and its picture again, from the rows of stepsize/published: python docs/published.py."""

from pathlib import Path

from stepsize import published
from stepsize.published.recipe import Recipe

HERE = Path(__file__).parent
EXAMPLES = {"gpt1": 100_000, "nanochat": 2_000}  # runs to draw where the source gives none
HIDDEN = "n.d."

HEAD = """\
# Published schedules

What the reports of known models disclose about the learning rate of their pre-training, as schedules. **What a report
does not print is not filled in**: "n.d." means not disclosed, and where a schedule would have to be guessed, it raises.

```python
>>> import stepsize as ss
>>> s = ss.published.deepseek_v3()               # on the model's own clock, as the report has it
>>> s.clock, s.length, s(5e12), s(14.7e12)
('tokens', 14800000000000, 0.00022, 7.3e-06)
>>> ss.published.deepseek_v3(steps=10_000)(9_999)    # laid over a run of your own
7.3e-06
>>> ss.published.nanochat(steps=2_000).edges     # the script leaves the length to the run
(0, 39, 700, 2000)
>>> ss.published.qwen3()
Traceback (most recent call last):
    ...
stepsize.errors.ScheduleError: published.qwen3: there is no schedule, for its source does not disclose the peak, the
warmup, the shape, the end, the length, the batch; got 'Qwen3'. Nothing is filled in here: choose your own, such as
ss.warmup_cosine(peak, steps, warmup=...).
>>> print(ss.published.gpt3)                     # all that is known, with its source
published.gpt3: GPT-3 175B
    peak         6e-05
    warmup       375M tokens
    shape        cosine to 10% over 260B tokens, then held
    end          6e-06
    horizon      300B tokens
    batch        3.2M tokens, rising linearly from 32k
    schedule     0 -> 6e-5 in 375M; -> 6e-6 cosine in 259.625B; hold for 40B on tokens
    undisclosed  over how many tokens the batch rose for this size (4 to 12 billion for all sizes)
    assumed      the 260B tokens of the decay include the 375M of the warmup
                 the warmup is linear from 0
    source       arXiv 2005.14165, table 2.1 and appendix B
    checked      report; peak and batch secondary

```

![Each schedule from the start to the end of its run, as a share of its peak](img/published.svg)

Each from the start to the end of its run, as a share of its peak. A position is the number of updates, or of tokens,
that are already used: the first update of a warmup from 0 does nothing.

This page is generated from `stepsize/published/published.toml`: `python docs/published.py`.
"""


def page() -> str:
    """The whole page."""
    models = published.MODELS
    return "\n".join(
        [
            HEAD,
            *_section("The table", _table(models)),
            *_section("The schedules", ["In the spelling of [the language](language.md); lengths count the clock.", "",
                                        *_spellings(models)]),
            *_section("What is not disclosed", _undisclosed(models)),
            *_section("Where sources contradict each other", _list(models, "conflicts")),
            *_section("What we assumed", _list(models, "assumed")),
            *_section("What is multiplied", _list(models, "multiplies")),
            *_section("How each row was checked", [
                '"report" means that its own words were read, a file that the file was; "secondary" that only somebody '
                "else's quotation was.", "", *_list(models, "checked")]),
        ]
    )  # fmt: skip


def _section(title: str, lines: list[str]) -> list[str]:
    return [f"## {title}", "", *lines, ""]


def _table(models: dict[str, Recipe]) -> list[str]:
    columns = ("peak", "warmup", "shape", "end", "horizon", "batch", "source")
    head = ("name", "model", *columns)
    rows = [(f"`{name}`", r.model, *(_cell(r, column) for column in columns)) for name, r in models.items()]
    return [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows)]


def _cell(recipe: Recipe, column: str) -> str:
    value = getattr(recipe, column)
    if value is None:
        return "contradicted" if recipe.conflicts else HIDDEN
    return f"{value:.4g}".replace("e-0", "e-") if isinstance(value, float) else value


def _spellings(models: dict[str, Recipe]) -> list[str]:
    lines = [line for name, r in models.items() if r.schedule for line in (name, f"    {r.schedule}")]
    return ["```text", *lines, "```"]


def _undisclosed(models: dict[str, Recipe]) -> list[str]:
    return [f"- `{name}`: {', '.join(r.undisclosed)}." for name, r in models.items() if r.undisclosed]


def _list(models: dict[str, Recipe], field: str) -> list[str]:
    lines = []
    for name, recipe in models.items():
        value = getattr(recipe, field)
        texts = value if isinstance(value, tuple) else (value,) if value else ()
        lines += [f"- `{name}`: {text}." for text in texts]
    return lines


def picture():
    """All schedules on one normalised page: progress of the run, and rate over peak."""
    import numpy as np
    from pictures import FALL, panels

    drawn = {name: r for name, r in published.MODELS.items() if r.schedule}
    figure, axes = panels(-(-len(drawn) // 4), 4, (9, 9.5))
    for panel, (name, recipe) in zip(axes, drawn.items(), strict=False):
        s = recipe(steps=EXAMPLES.get(name))
        t = np.linspace(0, float(s.length), 2001)
        rate = np.where(t < s.length, s(t), s._limit(s.length)) / recipe.peak
        panel.plot(t / float(s.length), rate, color=FALL, linewidth=1.6, solid_joinstyle="bevel")
        panel.set_title(name)
        panel.set(
            xlim=(-0.02, 1.02), ylim=(-0.03, 1.1), xticks=[0, 1], yticks=[0, 1], yticklabels=["0", "peak"]
        )
        panel.set_xticklabels(["0", _length(recipe, s)])
        panel.get_xticklabels()[1].set_ha("right")
    for panel in axes[len(drawn) :]:
        panel.set_axis_off()
    return figure


def _length(recipe: Recipe, s) -> str:
    if s.clock == "progress":
        return "the whole run"
    sizes = {10**12: "T", 10**9: "B", 10**6: "M", 10**3: "k"}
    size = next((each for each in sizes if s.length >= each), 10**3)
    many = f"{s.length / size:.4g}{sizes[size]}" if s.length >= 10_000 else f"{s.length:,}"
    return f"{'e.g. ' if recipe.needs_steps else ''}{many} {s.clock}"


def main() -> None:
    """Write both."""
    from matplotlib import rc_context
    from pictures import STYLE

    (HERE / "published.md").write_text(page())
    with rc_context(STYLE):
        picture().savefig(HERE / "img" / "published.svg", transparent=True, metadata={"Date": None})


if __name__ == "__main__":
    main()
