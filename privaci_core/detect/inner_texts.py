"""Takes the texts out of values that contain others: documents, composites, hstore, XML, ranges."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from privaci_core.detect.dictionary import NO_MEANING
from privaci_core.detect.split_name import split_name
from privaci_core.masks.documents.markup import texts_of_markup
from privaci_core.masks.text.names_by_form import is_given_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from privaci_core.catalog.catalog import Column

DOCUMENT = frozenset({"json", "jsonb"})
COMPOSITE, RANGES = "c", frozenset({"r", "m"})
# Ranges of moments and of amounts, which identify nobody.
PLAIN_RANGES = re.compile(r"(?:int[48]|num|date|ts|tstz)(?:multi)?range")
# Keys of a document that look like names; others may be values, and are never shown.
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}")
# The same of an element or, behind the sign, of an attribute.
XML_NAME = re.compile(r"@?[A-Za-z_][A-Za-z0-9_-]{0,40}")
# A path in fewer of the sampled documents is rare.
RARE_KEY = 0.05
LEXEME = re.compile(r"'((?:[^']|'')*)'")
OPENINGS = ("{", "[")
# The share of values that can be read as documents, where texts are.
MOST = 0.9
BOUND = re.compile(r"[^\[\](){},\"]+")


@dataclass(slots=True, kw_only=True)
class Leaves:
    """The texts at each path of some documents, and which paths have numbers alone."""

    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    with_text: set[str] = field(default_factory=set)
    documents: int = 0

    def add(self, path: str, value: object) -> None:
        """A scalar at a path; truth values say nothing."""
        if isinstance(value, str):
            self.with_text.add(path)
            self.texts[path].append(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self.texts[path].append(str(value))

    def common(self) -> Iterator[tuple[str, list[str]]]:
        """The texts at paths that are not rare, or are of known words; other keys may be values."""
        least = max(2, RARE_KEY * self.documents)
        return (
            (path, texts)
            for path, texts in self.texts.items()
            if len(texts) >= least or _is_of_words(path)
        )


def _is_of_words(path: str) -> bool:
    """Whether all keys of a path are made of words that columns are called by, and of no name."""
    if any(map(str.isdigit, path)):
        return False
    words = [word for key in re.findall(r"\w+", path) for word in split_name(key)]
    named = any(word.meaning == NO_MEANING or is_given_name(word.text) for word in words)
    return bool(words) and not named


def is_as_document(column: Column) -> bool:
    """Whether a column's values are sampled as JSON, which names what is in them."""
    return column.scalar_kind == COMPOSITE or column.scalar_type in {*DOCUMENT, "hstore"}


def contains_others(column: Column) -> bool:
    """Whether values of a column contain values of other types, whose names and texts may tell."""
    is_range = column.scalar_kind in RANGES and not PLAIN_RANGES.fullmatch(column.scalar_type)
    return is_as_document(column) or is_range or column.scalar_type in {"xml", "tsvector"}


def leaves_of(column: Column, values: Iterable[str]) -> Leaves:
    """The scalars at the paths of the values of a column of documents or XML."""
    leaves = Leaves()
    for value in values:
        if column.scalar_type == "xml":
            leaves.documents += 1
            _collect_xml(value, leaves)
        elif (document := _parsed(value)) is not None:
            leaves.documents += 1
            for element in _elements(document) if column.is_array else (document,):
                _collect(element, "$", leaves)
    return leaves


def _elements(array: Any) -> Iterator[Any]:
    """The values in an array of any dimensions; a path begins in one of them."""
    if isinstance(array, list):
        for below in array:
            yield from _elements(below)
    elif array is not None:
        yield array


def holds_documents(values: Sequence[str]) -> bool:
    """Whether a column of texts has documents alone; one may be cut at the sample's limit."""
    # Most columns of texts are none from their first value on.
    filled = []
    for text in map(str.lstrip, values):
        if text and not text.startswith(OPENINGS):
            return False
        if text:
            filled.append(text)
    return bool(filled) and sum(_parsed(text) is not None for text in filled) >= MOST * len(filled)


def texts_in(column: Column, values: Iterable[str]) -> list[str]:
    """The texts of a column whose values name nothing: words that were indexed, bounds."""
    if column.scalar_type == "tsvector":
        return [" ".join(LEXEME.findall(value)) for value in values]
    return [bound for value in values for bound in BOUND.findall(value)]


def _parsed(text: str) -> Any:
    """The document; None where it was cut at the sample's limit, and is no document any more."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _collect(value: Any, path: str, leaves: Leaves) -> None:
    if isinstance(value, dict):
        for key, below in value.items():
            if KEY.fullmatch(key):
                _collect(below, f"{path}.{key}", leaves)
    elif isinstance(value, list):
        for below in value:
            _collect(below, f"{path}[*]", leaves)
    else:
        leaves.add(path, value)


def _collect_xml(text: str, leaves: Leaves) -> None:
    for path, found in texts_of_markup(text):
        if all(map(XML_NAME.fullmatch, path)):
            leaves.add(".".join(("$", *path)), found)
