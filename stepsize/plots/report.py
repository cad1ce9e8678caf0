"""The report of races: one HTML file that needs nothing else, neither a network nor another file."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from stepsize import _aside
from stepsize.plots import draw, page, sensitivity, wording
from stepsize.plots.curves import curves
from stepsize.plots.whiskers import whiskers
from stepsize.records import Race


def write(path: Path, title: str, races: Sequence[Race]) -> None:
    """Write the report of ``races`` to ``path``: verdicts, rates, losses, and how to repeat them.

    The page is complete before the file is touched, and the file is written aside and renamed: an error, or
    power that fails, leaves the old report.

    Args:
        path: where the report goes; its folder exists. A report that stands there is replaced.
        title: heading of the page.
        races: one or more; shown in this order.
    Raises:
        OSError: the folder is missing, full or not writable.
    Example:
        >>> write(Path("report.html"), "Six schedules, three seeds", [race])  # doctest: +SKIP
    """
    sections = [_section(race, place) for place, race in enumerate(races)]
    document = page.page(title, [*sections, page.reproduction(races)], datetime.now())
    _aside.write(path, document.encode())


def _section(race: Race, place: int) -> str:
    """One race with its pictures. Identifiers are made of the race's place, which is unique in the page."""
    shown = curves(race)
    cards = [
        page.figure(
            draw.panel_picture(shown, which, f"r{place}p{which}", wording.seen(panel)),
            panel.name,
            ". ".join(filter(None, (wording.rates(panel), wording.diverged(panel)))),
        )
        for which, panel in enumerate(shown.panels)
    ]
    pictures = _whiskers(race, place) + _sensitivity(race, place)
    return page.result(race, place, pictures, wording.drawn(shown), cards)


def _sensitivity(race: Race, place: int) -> str:
    shown = sensitivity.sensitivities(race)
    if not shown:
        return ""
    caption = "the best schedule in colour; a peak at which a run diverged or was stopped has no point"
    return page.figure(sensitivity.picture(shown, f"r{place}s"), "Sensitivity to the peak", caption)


def _whiskers(race: Race, place: int) -> str:
    if sum(row.difference is not None for row in race.rows) < 2:
        return ""  # nothing to compare
    shown = whiskers(race.rows)
    picture = draw.whisker_picture(shown, f"r{place}w", wording.compared(race.rows))
    return page.figure(picture, "Difference to the best", wording.scale(shown))
