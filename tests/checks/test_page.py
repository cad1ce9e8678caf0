"""docs/checks.md is what docs/checks.py writes, and it has every rule with an example and its source."""

import re
import runpy
from pathlib import Path

import pytest

from stepsize import checks

ROOT = Path(__file__).parents[2]
PAGE = runpy.run_path(str(ROOT / "docs" / "checks.py"))
TEXT = (ROOT / "docs" / "checks.md").read_text()


def test_the_page_is_up_to_date():
    assert PAGE["page"]() == TEXT, "run: python docs/checks.py"


def test_every_rule_has_an_example_and_no_other_has():
    assert PAGE["TABLE"]["example"].keys() == checks.RULES.keys()


@pytest.mark.parametrize("code", checks.RULES)
def test_every_rule_has_its_chapter(code):
    rule = checks.RULES[code]
    chapter = re.split(r"^##", TEXT.partition(f"### {code}\n")[2], flags=re.M)[0]
    assert f'$ stepsize check "{PAGE["TABLE"]["example"][code]["schedule"]}"' in chapter
    for text in (rule.says, rule.why, rule.source, rule.remedy):
        assert text in chapter
