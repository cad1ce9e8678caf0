"""Draw the pictures of the documentation again: python docs/pictures.py."""

from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

import stepsize as ss

HERE = Path(__file__).parent / "img"
GREY, FALL, RISE = "#808080", "#2a78d6", "#d6722a"  # readable on white and on black
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "stepsize",
    "font.size": 9,
    "font.family": "sans-serif",
    **{f"{part}.color": GREY for part in ("text", "xtick", "ytick")},
    "axes.labelcolor": GREY,
    "axes.edgecolor": GREY,
    "axes.titlecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
}

RECIPES = {
    'warmup_cosine(p, 10_000, warmup="10%")': ss.warmup_cosine(1.0, 10_000, warmup="10%"),
    'wsd(p, 10_000, warmup="10%", decay="20%")': ss.wsd(1.0, 10_000, warmup="10%", decay="20%"),
    "sgdr(p, 1429, growth=2)": ss.sgdr(1.0, 1429, growth=2, cycles=3),
    "one_cycle(p, 10_000)": ss.one_cycle(1.0, 10_000),
    "polynomial_decay(p, 10_000, power=2)": ss.polynomial_decay(1.0, 10_000, power=2),
    "triangular(0.1 * p, p, 1000, decay=0.8)": ss.triangular(0.1, 1.0, 1000, decay=0.8),
}
SHAPES = ("linear", "cosine", "power(2)", "power(0.5)", "one_minus_sqrt", "square", "smoothstep", "tanh")


def curve(axes, s, until, colour, label=None):
    t = np.linspace(0, until, 1001)
    axes.plot(t, np.where(t < until, s(t), s._limit(until)), color=colour, linewidth=2, label=label)


def panels(rows, columns, size):
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False).ravel()


def recipes():
    figure, axes = panels(2, 3, (9, 4))
    for panel, (name, s) in zip(axes, RECIPES.items(), strict=True):
        curve(panel, s, 10_000, FALL)
        panel.set_title(name, fontsize=8.5)
        panel.set(ylim=(0, 1.06), yticks=[0, 1], yticklabels=["0", "p"], xticks=[0, 10_000])
        panel.set_xticklabels(["0", "10,000 updates"])
        panel.get_xticklabels()[1].set_ha("right")
    return figure


def shapes():
    figure, axes = panels(2, 4, (9, 4))
    for panel, name in zip(axes, SHAPES, strict=True):
        curve(panel, ss.ramp(1.0, 0.0, 1.0, name), 1, FALL, "falls")
        curve(panel, ss.ramp(0.0, 1.0, 1.0, name), 1, RISE, "rises")
        panel.set_title(name)
        panel.set(xticks=[0, 1], yticks=[0, 1])
    axes[0].legend(frameon=False, loc="center left")
    return figure


def errors():
    figure, axes = panels(1, 2, (9, 3.2))
    curve(axes[0], ss.polynomial(1.0, 0.0, 1.0, power=2), 1, FALL, "(1 - t/T)$^2$: fast first")
    curve(axes[0], ss.ramp(1.0, 0.0, 1.0, "square"), 1, RISE, "1 - (t/T)$^2$: slow first")
    axes[0].set_title("a power above 1 does not hold the rate up")
    curve(axes[1], ss.cosine(1.0, 0.0, 1.0), 1, FALL, "cosine: slow at both ends")
    curve(axes[1], ss.linear(1.0, 0.0, 1.0), 1, RISE, "linear")
    axes[1].set_title("a cosine also lingers near zero")
    for panel in axes:
        panel.set(xticks=[0, 1], yticks=[0, 1], xticklabels=["0", "T"], yticklabels=["0", "peak"])
        panel.legend(frameon=False, loc="upper right")
    return figure


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    with rc_context(STYLE):
        for draw in (recipes, shapes, errors):
            figure = draw()
            figure.savefig(HERE / f"{draw.__name__}.svg", transparent=True, metadata={"Date": None})
