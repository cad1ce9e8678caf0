"""Every block of Python in the README and the docs runs, page by page, and prints what it says it prints."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import stepsize

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(stepsize.__path__, "stepsize.")
    if module.name not in ("stepsize.__main__",)
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": page.stem}
    for block in re.finditer(r"^```python\n(.*?)^```", page.read_text(), re.M | re.S):
        code = block[1]
        where = f"{page.name}, line {page.read_text()[: block.start()].count(chr(10)) + 1}"
        if ">>>" in code:
            test = doctest.DocTestParser().get_doctest(code, names, where, str(page), 0)
            runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
            report: list[str] = []
            runner.run(test, out=report.append, clear_globs=False)
            names.update(test.globs)
            assert not runner.failures, "".join(report)
        else:
            exec(compile(code, where, "exec"), names)


@pytest.mark.parametrize("name", MODULES)
def test_every_example_in_a_docstring_runs(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    prose = re.sub(r"(?ms)^```.*?^```", "", page.read_text())
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", prose):
        if not target.startswith(("http:", "https:")):
            place = page.parent / target if target else page
            assert place.exists(), f"{page.name}: {target} does not exist"
            assert not anchor or anchor in headings(place), f"{page.name}: {target} has no heading {anchor}"


def headings(page):
    """The anchors that GitHub gives to the headings of a page."""
    prose = re.sub(r"(?ms)^```.*?^```", "", page.read_text())
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", prose, re.M)
    }
