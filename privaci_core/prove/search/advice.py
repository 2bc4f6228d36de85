"""Says what to do about originals that were found: which column to change, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.prove.search.searching import LARGE_OBJECTS, STATISTICS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.loading.copy import Copy
    from privaci_core.prove.search.searching import Found

MOST_SENTENCES = 20


def advice(found: Found, copy: Copy) -> list[str]:
    """A sentence for each place and each masked column whose originals it has."""
    masked = {
        f"{copy.root_of(table)}.{column.name}": column
        for table in copy.plan.tables
        for column in table.masked
    }
    columns = {
        f"{copy.catalog.root(relation).qualified}.{column.name}"
        for relation in copy.catalog.relations
        for column in copy.catalog.columns.get(relation.oid, ())
    }
    detected = frozenset(name for name, column in masked.items() if column.reason == "detected")
    sentences = [
        f"{place} has originals of {origin}. {what}"
        for place, origins in found.items()
        for origin in origins
        for what in _what_to_do(place, origin, columns, frozenset(masked), detected)
    ]
    more = len(sentences) - MOST_SENTENCES
    return sentences[:MOST_SENTENCES] + ([f"And {more} more."] if more > 0 else [])


def _what_to_do(
    place: str,
    origin: str,
    columns: set[str],
    masked: frozenset[str],
    detected: frozenset[str],
) -> Iterator[str]:
    if place in masked:
        yield f"The action of {place} leaves them: give it json with default redact, or static."
    elif place in columns:
        mask = f"Mask {place} (ner_mask, json, static), or list it with passthrough"
        why = " if they may be seen there."
        if origin in detected:
            why += f" Detection alone masks {origin}: if it is not personal, list that instead."
        yield mask + why
    elif place.startswith(STATISTICS):
        yield "Run ANALYZE on its table."
    elif place == LARGE_OBJECTS:
        yield "Large objects are copied unmasked: remove these from the source, or replace them."
    else:
        yield "A definition is copied as it is: change it in the source."
