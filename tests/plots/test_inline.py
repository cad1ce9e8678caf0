import pytest

from stepsize.plots.inline import ACCENT, inline, legible

DOCUMENT = f"""<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="4pt" height="3pt" viewBox="0 0 4 3"
     xmlns="http://www.w3.org/2000/svg">
 <metadata><date>today</date></metadata>
 <defs><style type="text/css">*{{stroke: red}}</style><path id="m1" d="M 0 0"/></defs>
 <g id="axes_1"><path d="M 1.23456 -2.0001 L 3 4.98" style="stroke: {ACCENT}" clip-path="url(#c1)"/>
 <use xlink:href="#m1" x="1.999"/><clipPath id="c1"/><text>d="1.23456" id="x"</text></g>
</svg>"""


ELEMENT = """<svg viewBox="0 0 4 3" role="img" aria-label="say &quot;cheese&quot;">
<defs><path d="M 0 0" id="p0-m1" /></defs>
<g><path d="M 1.2 -2 L 3 5" style="stroke: var(--accent)" clip-path="url(#p0-c1)" />
<use href="#p0-m1" x="2" /><clipPath id="p0-c1" /><text>d="1.23456" id="x"</text></g>
</svg>"""


def test_a_document_becomes_an_element():
    assert inline(DOCUMENT, "p0", 'say "cheese"').split() == ELEMENT.split()


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\x7f", "\ud800", "￾", "﷐"])
def test_what_no_document_may_hold_is_replaced(bad):
    assert legible(f"a{bad}b") == "a\ufffdb"


@pytest.mark.parametrize("good", ["plain", "tab\tand\nline", "é", "学习率", "📉", "<&>\"'$"])
def test_other_text_stays(good):
    assert legible(good) == good
