"""The report's HTML around its pictures. Every text goes through :func:`text`, for names come from users."""

import html
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.resources import files

from stepsize.plots import wording
from stepsize.plots.inline import legible
from stepsize.plots.numerals import fixed, number, places, signed
from stepsize.records import Race, Row, Run


def text(words: str) -> str:
    """Words as HTML: nothing in them is markup, and nothing in them breaks a document."""
    return html.escape(legible(words))


def named(name: str) -> str:
    """A schedule's name as HTML, which may be broken after an underscore where a column is narrow."""
    return text(name).replace("_", "_<wbr>")


def page(title: str, sections: Iterable[str], when: datetime) -> str:
    """The whole document around its sections."""
    style = files("stepsize.plots").joinpath("report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n<title>{text(title)}</title>\n'
        f"<style>\n{style}</style>\n</head>\n<body>\n<main>\n<h1>{text(title)}</h1>\n"
        f'<p class="quiet">Made by stepsize on <time>{when:%Y-%m-%d %H:%M}</time></p>\n'
        + "".join(sections)
        + "</main>\n</body>\n</html>\n"
    )


def result(race: Race, place: int, pictures: str, about: str, cards: Sequence[str]) -> str:
    """One race: heading, table beside its picture, what may be concluded, then a card a schedule."""
    heading = f"race-{place}"
    curves = (
        f'<h3>Rates and losses</h3>\n<p class="quiet">{text(about)}</p>\n'
        f'<div class="cards">\n{"".join(cards)}</div>\n'
    )
    return (
        f'<section aria-labelledby="{heading}">\n<h2 id="{heading}">{text(race.task)}</h2>\n'
        f'<p>{text(race.description)}</p>\n<div class="verdict">\n'
        f"{table(race.rows, wording.loss(race.runs))}<div>{pictures}</div></div>\n"
        f'<p class="quiet">{text(wording.honest(race.rows))}</p>\n{curves if cards else ""}</section>\n'
    )


def figure(picture: str, name: str, caption: str) -> str:
    """A picture under its name and its caption."""
    return f"<figure>\n<figcaption><b>{text(name)}</b> {text(caption)}</figcaption>\n{picture}\n</figure>\n"


def table(rows: Sequence[Row], loss: str) -> str:
    """The verdicts, a row a schedule."""
    body = "".join(_row(row, _decimals(rows)) for row in rows)
    heads = ("Schedule", loss.capitalize(), "Difference to the best", "Verdict")
    return (
        '<div class="scroll" role="region" tabindex="0" aria-label="Verdicts">\n<table>\n'
        "<caption>Means over the seeds, and 95% intervals; P is corrected for all comparisons</caption>\n"
        f"<thead><tr>{_heads(heads)}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n</div>\n"
    )


def reproduction(races: Sequence[Race]) -> str:
    """The end of the report: for each race the command, the software, and its runs one by one."""
    return (
        '<section aria-labelledby="again">\n<h2 id="again">Make it again</h2>\n'
        + "".join(_again(race) for race in races)
        + "</section>\n"
    )


def _decimals(rows: Sequence[Row]) -> int:
    """One number of decimals for the whole table: as many as its losses and its intervals call for."""
    means = [row.mean for row in rows if row.mean is not None]
    spreads = [row.high - row.low for row in rows if row.high is not None and row.low is not None]
    return max(places(means, 3 if spreads else 4), places(spreads, 2))


def _row(row: Row, fine: int) -> str:
    seeds = f"{row.seeds} seed{'s' * (row.seeds != 1)}"
    best = ' class="best"' if row.verdict == "best" else ""
    return (
        f'<tr{best}><th scope="row">{named(row.name)}<small>{text(seeds + wording.peaks(row))}</small></th>'
        f"<td>{fixed(row.mean, fine)}{_interval(fixed(row.low, fine), fixed(row.high, fine))}</td>"
        f"<td>{signed(row.difference, fine)}"
        f"{_interval(signed(row.difference_low, fine), signed(row.difference_high, fine))}</td>"
        f"<td>{text(row.verdict)}{_small(wording.grounds(row))}</td></tr>\n"
    )


def _small(words: str) -> str:
    return f"<small>{text(words)}</small>" if words else ""


def _interval(low: str, high: str) -> str:
    return "" if "–" in (low, high) else f"<small>{low} to {high}</small>"


def _heads(names: Iterable[str]) -> str:
    return "".join(f'<th scope="col">{name}</th>' for name in names)


def _again(race: Race) -> str:
    heads = _heads(("Schedule", "Peak", "Seed", "Updates", wording.loss(race.runs).capitalize(), "Seconds"))
    return (
        f'<h3>{text(race.task)}</h3>\n<pre tabindex="0"><code>{text(race.command)}</code></pre>\n'
        f"<p>{text(wording.versions(race.runs))}</p>\n"
        f"<details>\n<summary>All {len(race.runs)} runs</summary>\n"
        f'<div class="scroll" role="region" tabindex="0" aria-label="Runs of {text(race.task)}">\n<table>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{''.join(map(_run, race.runs))}</tbody>\n"
        "</table>\n</div>\n</details>\n"
    )


def _run(run: Run) -> str:
    final = f"{number(run.final, 5)}{' (diverged)' * run.diverged}" if not run.ended else run.ended
    peak = "" if run.peak is None else number(run.peak)
    return (
        f'<tr><th scope="row">{named(run.name)}</th><td>{peak}</td><td>{run.seed}</td>'
        f"<td>{run.steps:,}</td><td>{text(final)}</td><td>{run.seconds:.1f}</td></tr>\n"
    )
