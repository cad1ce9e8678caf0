"""A sheet to draw on: matplotlib under settings of our own, and bare axes. Needs the extra "plot".

Figures are made without pyplot and under matplotlib's own defaults, so that neither a user's style changes
the report nor the report a user's style. Letters stay text: they follow the page's font, and can be searched.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from stepsize.errors import MissingExtra, message
from stepsize.plots.inline import FAINT, INK
from stepsize.plots.numerals import number, updates
from stepsize.plots.spans import Span

try:
    from matplotlib import rc_context, rcdefaults
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
except ImportError as error:
    raise MissingExtra(
        message("stepsize.plots", "needs matplotlib", error, 'Write: pip install "stepsize[plot]"')
    ) from None

WIDTH = 400  # in points, which are CSS pixels at full size
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "stepsize",  # the same picture has the same identifiers, run after run
    "font.sans-serif": ["DejaVu Sans"],
}


@contextmanager
def canvas(height: float) -> Iterator[tuple[Any, Callable[[], str]]]:
    """A figure of our width under our settings, and the function that gives its SVG."""
    with rc_context():
        rcdefaults()
        with rc_context(_SETTINGS):
            figure = Figure(figsize=(WIDTH / 72, height / 72))

            def finish() -> str:
                document = StringIO()
                figure.savefig(document, format="svg", transparent=True)
                return document.getvalue()

            yield figure, finish


def frame(axes: Any) -> None:
    """Bare axes: a base line, thin tick labels, nothing else."""
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set(color=FAINT, linewidth=0.8)
    axes.tick_params(colors=FAINT, labelcolor=FAINT, labelsize=11, length=3, width=0.8)
    axes.set_facecolor("none")


def axis(axis: Any, ticks: int, written: Callable[[float], str], **rules: Any) -> None:
    """At most ``ticks`` + 1 round numbers, written by ``written``."""
    axis.set_major_locator(MaxNLocator(ticks, **rules))
    axis.set_major_formatter(FuncFormatter(lambda value, _: written(value)))


def quantity(axes: Any, title: str, span: Span) -> None:
    """A titled panel over ``span``, with a few light lines to read values by."""
    frame(axes)
    axes.set_title(title, loc="left", fontsize=12, color=INK, pad=5)
    if span.log:
        axes.set_yscale("log")
    axis(axes.yaxis, 4, number, steps=[1, 2, 2.5, 5, 10])
    if span.log:
        between = (1, 2, 5) if span.high < 100 * span.low else (1,)
        axes.yaxis.set_major_locator(LogLocator(subs=between, numticks=6))
        axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(span.low, span.high)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=FAINT, alpha=0.25, linewidth=0.8)


def positions(axes: Any, steps: int) -> None:
    """The shared axis of updates, from the first to the last."""
    axes.set_xlim(0, steps)
    axis(axes.xaxis, 5, updates, integer=True)
    axes.set_xlabel("updates", fontsize=11, color=FAINT, labelpad=2)
