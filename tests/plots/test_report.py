import re
import subprocess
import sys
import time
from html.parser import HTMLParser
from math import inf, nan

import matplotlib as mpl
import pytest

from stepsize.plots import draw
from stepsize.plots.curves import curves
from stepsize.plots.report import write

VOID = {"meta", "wbr"}
EVIL = "<script>alert('x')</script> $\\frac{1$ & \x00\ud800 ]]> -->"


class Reader(HTMLParser):
    """Reads a page as a browser would: its elements, their attributes, its text; tags must nest."""

    def __init__(self, page):
        super().__init__()
        self.open, self.elements, self.words = [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def values(self, attribute):
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]

    def count(self, tag):
        return sum(name == tag for name, _ in self.elements)


@pytest.fixture
def report(tmp_path):
    def read(*races, title="A race"):
        write(tmp_path / "report.html", title, races)
        assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
        return (tmp_path / "report.html").read_text(encoding="utf-8")

    return read


@pytest.fixture(scope="module")
def six(run, row, race):
    """Six schedules, three seeds."""
    names = ["warmup_cosine", "wsd", "sgdr", "polynomial", "linear_warmup", "constant"]
    runs = [
        run(
            name,
            seed,
            losses=[3.0 - 0.01 * k + 0.1 * seed for k in range(100)],
            evaluations=((50, 2.5), (100, 2.0)),
        )
        for name in names
        for seed in range(3)
    ]
    return race(runs, [row(name) for name in names], command="stepsize race --task gpt --seeds 3")


@pytest.fixture(scope="module")
def page(six, tmp_path_factory):
    """The report of two such races, which several tests read."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    write(path, "Two tasks", [six, six])
    return path.read_text(encoding="utf-8")


def test_a_page_has_everything(page):
    reader = Reader(page)
    text = "".join(reader.words)
    assert reader.count("h1") == 1
    assert reader.count("svg") == 2 * (6 + 1)
    for schedule in ("warmup_cosine", "wsd", "sgdr", "polynomial", "linear_warmup", "constant"):
        assert text.count(schedule) >= 2 * (1 + 1 + 1 + 3)  # table, picture, card, three runs
    for piece in (
        "Two tasks",
        "A small model.",
        "stepsize race --task gpt --seeds 3",
        "torch 2.13.0",
        "cannot tell",
    ):
        assert piece in text
    assert len(page) < 1_000_000


def test_a_page_asks_for_nothing_from_outside(page):
    assert not re.search(r"https?:|//[a-z]|@import|src=|<link|<script|<iframe", page)
    assert all(link.startswith("#") for link in Reader(page).values("href"))


def test_identifiers_are_unique_and_every_reference_has_its_target(page):
    identifiers = Reader(page).values("id")
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r'(?:url\(#|href="#)([^)"]+)', page)) <= set(identifiers)
    assert set(Reader(page).values("aria-labelledby")) <= set(identifiers)


def test_pictures_and_tables_can_be_heard(page):
    reader = Reader(page)
    pictures = [attributes for tag, attributes in reader.elements if tag == "svg"]
    assert all(picture["role"] == "img" and picture["aria-label"] for picture in pictures)
    heads = [attributes for tag, attributes in reader.elements if tag == "th"]
    assert {head["scope"] for head in heads} == {"row", "col"}
    assert ("html", {"lang": "en"}) in reader.elements


def test_colours_are_the_pages_business(page):
    body = page.partition("</style>")[2]
    assert re.findall(r"#[0-9a-f]{6}\b", body) == []
    assert set(re.findall(r"var\((--\w+)\)", body)) <= set(re.findall(r"(--\w+):", page))
    assert "prefers-color-scheme: dark" in page


def test_names_are_text_and_never_markup(report, run, row, race):
    page = report(
        race([run(EVIL, versions={EVIL: EVIL})], [row(EVIL, verdict=EVIL), row("b")], EVIL, EVIL, EVIL),
        title=EVIL,
    )
    reader = Reader(page)
    assert reader.count("script") == 0
    shown = "<script>alert('x')</script> $\\frac{1$ & \ufffd\ufffd ]]> -->"
    assert "".join(reader.words).count(shown) >= 7
    assert "\x00" not in page


def test_diverged_runs_are_shown(report, run, row, lost, race):
    runs = [
        run("held", losses=(3.0,) * 20),
        run("lost", 1, losses=(3.0,) * 11 + (nan,) * 9, evaluations=((10, 3.0), (20, nan))),
        run("lost", 2, losses=(inf,) * 20, evaluations=((10, inf), (20, inf))),
    ]
    reader = Reader(report(race(runs, [row("held"), lost("lost")])))
    text = "".join(reader.words)
    assert "Seed 1 diverged at update 11; Seed 2 diverged at update 0" in text
    assert "diverged in 3 of 3" in text
    assert text.count("(diverged)") == 2
    assert not any("nan" in d or "inf" in d for d in reader.values("d"))


@pytest.mark.parametrize("losses", [(2.0,), (nan,), (inf,), (-1.0,), (0.0,), (1e300,), (5e-324,)])
def test_one_update_one_seed_one_schedule(report, run, row, race, losses):
    single = row(
        "only", low=None, high=None, difference=0.0, difference_low=None, difference_high=None, seeds=1
    )
    text = "".join(Reader(report(race([run("only", losses=losses)], [single]))).words)
    assert "One seed: no interval can be given" in text
    assert "1 seed" in text


@pytest.mark.parametrize("losses", [(2.0, 1e308, -1e308, 1e308), (1e-320, 1e-310, 1e-315, 1e308), (0.0,) * 4])
def test_extreme_losses_and_rates_are_drawn(report, run, row, race, losses):
    rates = (0.0, 1e300, -1e300, 5e-324)
    Reader(report(race([run("a", losses=losses, rates=rates), run("b")], [row("a", mean=1e308), row("b")])))


def test_a_run_that_broke_beyond_all_bounds_leaves_at_the_top(run, race):
    """At 1.7e308 the arithmetic of a picture overflows, and the last stroke would be missing."""

    def picture(huge):
        lost = run("lost", losses=(2.0, huge, nan), evaluations=((2, huge), (3, nan)))
        return draw.panel_picture(curves(race([lost, run("held", losses=(2.0,) * 3)])), 0, "p", "label")

    assert picture(1.7e308) == picture(1e30)


@pytest.mark.parametrize("races", [0, 1])
def test_nothing_to_show_is_a_page_too(report, race, races):
    assert Reader(report(*[race([])] * races)).count("svg") == 0


def test_a_million_updates_are_small_and_fast(report, run, row, race):
    steps = 1_000_000
    rates = tuple([1e-3] * (steps // 2) + [1e-4] * (steps // 2))
    runs = [run(name, losses=rates, rates=rates) for name in ("a", "b")]
    start = time.perf_counter()
    page = report(race(runs, [row("a"), row("b")]))
    assert time.perf_counter() - start < 10  # two seconds on an idle core
    assert len(page) < 200_000


def test_a_table_has_as_many_decimals_as_its_intervals_call_for(report, run, row, race):
    rows = [row("a", mean=0.2376, low=0.12, high=0.36), row("b", mean=0.286, low=0.1, high=0.5)]
    assert "<td>0.238<" in report(race([run("a")], rows))
    narrow = [row("a", mean=2.37654, low=2.375, high=2.378)]
    assert "<td>2.3765<" in report(race([run("a")], narrow))


def test_twenty_schedules_and_many_evaluations_stay_small(report, run, row, race):
    evaluations = tuple((k, 2.0 + 1 / k) for k in range(1, 401))
    runs = [run(f"s{k}", losses=(2.0 + k,) * 400, evaluations=evaluations) for k in range(20)]
    assert len(report(race(runs, [row(f"s{k}") for k in range(20)]))) < 2_000_000


def test_a_failing_draw_leaves_the_old_file(tmp_path, six, monkeypatch):
    old = tmp_path / "report.html"
    old.write_text("old")
    monkeypatch.setattr(draw, "panel_picture", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(old, "new", [six])
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("report.html", "old")]


def test_a_failing_write_leaves_the_old_file(tmp_path, six, monkeypatch):
    old = tmp_path / "report.html"
    old.write_text("old")

    def full(path, target):
        raise OSError("no space left")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="no space left"):
        write(old, "new", [six])
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("report.html", "old")]


def test_a_users_style_and_ours_leave_each_other_alone(six):
    shown = curves(six)
    plain = draw.panel_picture(shown, 0, "p", "label")
    with mpl.rc_context({"text.usetex": True, "font.size": 40, "axes.grid": True, "svg.fonttype": "path"}):
        before = dict(mpl.rcParams)
        assert draw.panel_picture(shown, 0, "p", "label") == plain
        assert dict(mpl.rcParams) == before


def test_without_matplotlib_one_sentence_says_what_to_install():
    program = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from stepsize.errors import MissingExtra\n"
        "try: import stepsize.plots.report\n"
        "except MissingExtra as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == (
        "stepsize.plots: needs matplotlib; got ModuleNotFoundError('import of matplotlib halted; None in "
        'sys.modules\'). Write: pip install "stepsize[plot]"\n'
    )


def test_the_data_needs_no_matplotlib_and_the_pictures_no_pyplot():
    program = (
        "import sys, stepsize.plots.curves, stepsize.plots.whiskers, stepsize.plots.page\n"
        "assert 'matplotlib' not in sys.modules\n"
        "import stepsize.plots.report\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
