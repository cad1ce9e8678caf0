"""What the bench prints: shares with their intervals, confusion tables, and the failures to look at."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import median

from bench.logs.faults import KINDS, LONG
from bench.logs.judged import Judged
from bench.logs.kinds import family
from bench.logs.scoring import Result


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95% interval of a share (Wilson, 1927)."""
    if not of:
        return 0.0, 1.0
    z, p = 1.959964, hits / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return middle - half, middle + half


def share(what: str, hits: Iterable[object]) -> tuple[int, int]:
    """Print one line, and what it counted."""
    flags = [bool(hit) for hit in hits]
    low, high = wilson(sum(flags), len(flags))
    text = f"{sum(flags) / len(flags):7.2%}  [{low:6.2%}, {high:6.2%}]" if flags else "      -  "
    print(f"  {what:42}{text}  {sum(flags)} of {len(flags)}", flush=True)
    return sum(flags), len(flags)


def grouped(title: str, results: Sequence[Result], key: Callable[[Result], str]) -> None:
    """The share of identified logs in each group."""
    print(f"\nidentified, by {title}")
    for name in sorted({key(result) for result in results}):
        share(name, (result.right for result in results if key(result) == name))


def of_every(result: Result) -> str:
    """The updates between two rows, in classes."""
    every = result.truth["every"]
    low = max(n for n in (1, 2, 5, 10, 50, 100, 250) if n <= every)
    return f"every {low:3} updates or more"


def of_rounding(result: Result) -> str:
    """How rates are printed."""
    rounding = result.truth["rounding"]
    return f"{rounding['kind']} {rounding['digits'] or ''}".strip()


def families(phases: Sequence[Judged]) -> None:
    """Families of the truth, and what they were taken for."""
    print("\nfamilies of phases that count: what is true, and what was said")
    for kind in sorted({family(one.phase["kind"]) for one in phases}):
        mine = [one for one in phases if family(one.phase["kind"]) == kind]
        said = Counter(family(one.found) for one in mine).most_common()
        right = sum(not one.wrong for one in mine)
        print(
            f"  {kind:16}{right:5} of {len(mine):5} right   " + ", ".join(f"{name} {n}" for name, n in said)
        )


def intervals(phases: Sequence[Judged]) -> None:
    """Whether the intervals hold the truth."""
    groups = {
        "8 rows and more": [one for one in phases if one.counted],
        "fewer rows": [one for one in phases if not one.counted and not one.phase.get("cut")],
        "cut by the end of the log": [
            one for one in phases if one.phase.get("cut") and one.phase["points"] > 1
        ],
    }
    print("\nintervals that hold the truth")
    for name, mine in groups.items():
        share(f"{name}: all of its intervals", (one.held and all(one.held.values()) for one in mine))
        for which in ("length", "first", "last"):
            share(
                f"{name}: {which}", (one.held.get(which) for one in mine if which in one.held or not one.held)
            )
        widths = [one.width for one in mine if one.width is not None]
        if widths:
            print(f"  {name + ': width, of the length':42}{median(widths):7.2%}  median")
    share(
        "curves of those that are cut, named right",
        (not _family_wrong(one) for one in groups["cut by the end of the log"]),
    )


def _family_wrong(one: Judged) -> bool:
    return family(one.found) != family(one.phase["kind"])


def faults(results: Sequence[Result]) -> tuple[int, int]:
    """Planted faults and what was suspected; the false alarms of honest logs."""
    print("\nfaults: what was planted, and what was suspected")
    print(" " * 30 + "".join(f"{kind:>21}" for kind in (*KINDS, "nothing")))
    for name, mine in _planted(results).items():
        said = Counter(kind for result in mine for kind in result.suspicions or ("nothing",))
        counts = "".join(f"{said[kind]:>21}" for kind in (*KINDS, "nothing"))
        print(f"  {name:22}{len(mine):5} {counts}")
    pairs = [(result, fault) for result in results for fault in result.truth["faults"]]
    for kind in KINDS:
        share(f"named: {kind}", (kind in result.suspicions for result, fault in pairs if fault == kind))
    honest = [result for result in results if not result.truth["faults"]]
    # Of a run that stopped early it is right to say that its schedule goes on.
    alarms = {id(one): set(one.suspicions) - ({LONG} if one.truth["stopped"] else set()) for one in honest}
    share("honest logs with a false alarm", alarms.values())
    _listed("false alarms", ((one, ", ".join(alarms[id(one)])) for one in honest if alarms[id(one)]))
    _listed("not named", ((one, fault) for one, fault in pairs if fault not in one.suspicions))
    return share("planted faults named", (fault in result.suspicions for result, fault in pairs))


def _listed(title: str, logs: Iterable[tuple[Result, str]], most: int = 20) -> None:
    """Some logs, so that they can be looked at."""
    for result, what in list(logs)[:most]:
        print(f"  {title}: {what:22}{result.truth['log']}  {result.truth['call']}")


def _planted(results: Sequence[Result]) -> dict[str, list[Result]]:
    rows: dict[str, list[Result]] = {}
    for result in results:
        names = result.truth["faults"] or ["stopped early" if result.truth["stopped"] else "honest"]
        rows.setdefault(" + ".join(names), []).append(result)
    return dict(sorted(rows.items(), key=lambda item: ("+" in item[0], item[0])))


def peers(results: Sequence[Result]) -> None:
    """Whether the library whose curve it is is named."""
    print("\npeers, of honest logs")
    honest = [result for result in results if not result.truth["faults"]]
    share("any is named", (result.peers for result in honest))
    share(
        "the best is of the library that made it", (result.peers[:1] and _own(result, 1) for result in honest)
    )
    share("or fits as well as the log can tell", (_own(result, len(result.peers)) for result in honest))


def _own(result: Result, many: int) -> bool:
    return any(
        name == result.truth["library"] and worst <= result.fits for name, worst in result.peers[:many]
    )


def times(results: Sequence[Result]) -> None:
    """How long a log takes."""
    seconds = sorted(result.seconds for result in results)
    slowest = max(results, key=lambda result: result.seconds)
    print(f"\nseconds a log: median {median(seconds):.3f}, worst {seconds[-1]:.2f} ({slowest.truth['log']})")


def failures(results: Sequence[Result], most: int) -> None:
    """Logs that were not identified, and why, so that they can be looked at."""
    wrong = [result for result in results if result.counts and not result.right]
    print(f"\n{len(wrong)} logs are not identified" + (f"; {most} of them" if len(wrong) > most else ""))
    for result in wrong[:most]:
        reasons = [
            f"[{one.phase['start']:g}, {one.phase['stop']:g}) {'; '.join(one.wrong)}"
            for one in result.counted
            if one.wrong
        ]
        print(
            f"  {result.truth['log']} ({of_rounding(result)}, every {result.truth['every']}) {result.truth['call']}"
        )
        print(f"      {result.failed or ' | '.join(reasons)}\n      said: {result.said}")
