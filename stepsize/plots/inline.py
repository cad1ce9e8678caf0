"""Pictures that live inside a page: an SVG document becomes a small element that follows the page's theme.

A picture is drawn once, in five stand-in colours. Here they become CSS variables, so that light and dark are
the page's business. Identifiers get a prefix, because all pictures of a page share one name space. What only
a file of its own needs (namespaces, metadata, a style sheet) is dropped.
"""

import re
from xml.etree import ElementTree

INK = "#010101"
FAINT = "#020202"
OTHER = "#030303"
ACCENT = "#040404"
ALARM = "#050505"
_VARIABLES = {INK: "--ink", FAINT: "--faint", OTHER: "--other", ACCENT: "--accent", ALARM: "--alarm"}

_DROPPED = {"metadata", "style"}
_GEOMETRY = {"d", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "points", "transform"}
_FINE = re.compile(r"-?\d+\.\d{2,}")  # a tenth of a point is finer than a screen shows
_REFERENCE = re.compile(r"(?<=url\(#)[^)]+(?=\))")
_COLOUR = re.compile("|".join(_VARIABLES))
_ILLEGAL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")


def legible(text: str) -> str:
    """Text as a document may hold it: control characters, lone surrogates and the like become U+FFFD."""
    return _ILLEGAL.sub("\ufffd", text)


def inline(svg: str, prefix: str, label: str) -> str:
    """Turn an SVG document into an ``<svg>`` element for a page.

    Args:
        svg: the document, drawn in the colours of this module.
        prefix: makes its identifiers unique in the page.
        label: what the picture shows, in words, for those who do not see it.
    """
    root = ElementTree.fromstring(svg)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))
    for parent in list(root.iter()):
        for child in [child for child in parent if _local(child.tag) in _DROPPED]:
            parent.remove(child)
        _settle(parent, prefix, used)
    del root.attrib["width"], root.attrib["height"]
    root.attrib |= {"role": "img", "aria-label": legible(label)}
    return ElementTree.tostring(root, encoding="unicode")


def _settle(element: ElementTree.Element, prefix: str, used: set[str]) -> None:
    """Rewrite one element's name and attributes for the page."""
    element.tag = _local(element.tag)
    attributes = {_local(name): value for name, value in element.attrib.items()}
    identifier = attributes.pop("id", None)
    if identifier in used:
        attributes["id"] = f"{prefix}-{identifier}"
    element.attrib.clear()
    element.attrib.update({name: _value(name, value, prefix) for name, value in attributes.items()})


def _value(name: str, value: str, prefix: str) -> str:
    if name in _GEOMETRY:
        return " ".join(_FINE.sub(_rounded, value).split())
    if name == "href":
        return f"#{prefix}-{value.removeprefix('#')}"
    value = _REFERENCE.sub(lambda found: f"{prefix}-{found[0]}", value)
    return _COLOUR.sub(lambda found: f"var({_VARIABLES[found[0]]})", value)


def _rounded(found: re.Match[str]) -> str:
    return f"{float(found[0]):.1f}".removesuffix(".0")


def _local(name: str) -> str:
    """The name without its namespace."""
    return name.rpartition("}")[2]
