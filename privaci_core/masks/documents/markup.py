"""Walks through the texts and attributes of XML; all else stays as written."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from privaci_core.masks.base.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.masks.documents.visit import Visit, Within

TOKEN = re.compile(
    r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>"
    r"|<!\[CDATA\[(?P<cdata>.*?)\]\]>"
    r"|</(?P<end>[^\s>]+)\s*>"
    r"|<(?P<start>[^\s/>]+)(?P<attributes>(?:\s+[^\s=>]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)"
    r"\s*(?P<closed>/?)>"
    r"|(?P<text>[^<]+)",
    re.DOTALL,
)
ATTRIBUTE = re.compile(r"(?P<name>[^\s=]+)(?P<sign>\s*=\s*)(?P<value>\"[^\"]*\"|'[^']*')")
NAMESPACES = "xmlns"
VALUE = Shape()


def walk_markup(text: str, root: Within, visit: Visit) -> str:
    """The XML with each text of an element, and each attribute, as its visit returns it.

    `$.person.mail` is an element in another one, `$.person.@id` an attribute.
    """
    around = [root]
    return "".join(_written(token, around, visit) for token in TOKEN.finditer(text))


class _Everywhere:
    """Any place in XML; its number is its place in a list of all that were seen."""

    def __init__(self, steps: tuple[str, ...], seen: list[tuple[str, ...]]) -> None:
        self._steps, self._seen = steps, seen

    @property
    def path(self) -> int:
        """The number of the place."""
        self._seen.append(self._steps)
        return len(self._seen) - 1

    def step(self, step: str) -> _Everywhere:
        """The element or attribute of a name below it."""
        return _Everywhere((*self._steps, step), self._seen)


def texts_of_markup(text: str) -> list[tuple[tuple[str, ...], str]]:
    """Every text of an element and every attribute, with the names that lead to it."""
    seen: list[tuple[str, ...]] = []
    found: list[tuple[tuple[str, ...], str]] = []

    def collect(number: int, _shape: Shape, value: str) -> str:
        found.append((seen[number], value))
        return value

    walk_markup(text, _Everywhere((), seen), collect)
    return found


def _written(token: re.Match[str], around: list[Within], visit: Visit) -> str:
    """A token of the text; `around` follows where it leads."""
    if token["start"]:
        here = around[-1].step(_local(token["start"]))
        if not token["closed"]:
            around.append(here)
        return _tag(token, here, visit)
    if token["end"]:
        around.pop()
    elif token["cdata"] is not None:
        return _text(token["cdata"], token[0], around[-1], visit)
    elif token["text"]:
        return _text(html.unescape(token["text"]), token[0], around[-1], visit)
    return token[0]


def _text(said: str, written: str, here: Within, visit: Visit) -> str:
    """The text of an element; the blanks around it stay."""
    value = said.strip()
    if here.path is None or not value:
        return written
    before, _, after = said.partition(value)
    return before + escape(visit(here.path, VALUE, value) or "") + after


def _tag(token: re.Match[str], here: Within, visit: Visit) -> str:
    """A tag with its attributes; declared namespaces are no attributes."""
    start = token.start("attributes") - token.start()
    parts, last = [token[0][:start]], 0
    for match, step in _attributes(token["attributes"]):
        below = here.step(step)
        if below.path is None:
            continue
        quote = match["value"][0]
        found = visit(below.path, VALUE, html.unescape(match["value"][1:-1])) or ""
        parts.append(token["attributes"][last : match.start("value")])
        parts.append(quote + escape(found, {quote: f"&#{ord(quote)};"}) + quote)
        last = match.end()
    rest = token[0][start + len(token["attributes"]) :]
    return "".join([*parts, token["attributes"][last:], rest])


def _attributes(written: str) -> Iterator[tuple[re.Match[str], str]]:
    for match in ATTRIBUTE.finditer(written):
        if match["name"].partition(":")[0] != NAMESPACES:
            yield match, f"@{_local(match['name'])}"


def _local(name: str) -> str:
    """A name without the prefix of its namespace."""
    return name.rpartition(":")[2]
