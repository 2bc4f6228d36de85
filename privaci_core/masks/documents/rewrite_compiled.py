"""Rewrites JSON documents in two compiled passes: one finds their scalars, one writes others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from privaci_core.compiled.documents import TEXT, find_scalars, texts_at, write_documents
from privaci_core.compiled.texts import large_text
from privaci_core.masks.documents.rewrite import rewritten
from privaci_core.masks.documents.scalars import text_of
from privaci_core.masks.documents.written import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from privaci_core.compiled.documents import Paths, Scalars
    from privaci_core.compiled.loops import Positions
    from privaci_core.masks.documents.scalars import Reached
    from privaci_core.masks.documents.written import MaskKind


def rewritten_compiled(
    values: pl.Series, root: Reached, paths: Paths, masks: Sequence[MaskKind]
) -> pl.Series:
    """The documents with what the masks make of their scalars."""
    documents = large_text(values)
    found = find_scalars(documents, paths)
    where, is_quoted = np.full(len(found.starts), -1, np.int64), np.zeros(len(found.starts), bool)
    parts: list[pl.Series] = []
    size = 0
    for path, kind, places in _groups(found):
        made = masks[path](KINDS[kind], _values(documents, found, kind, places))
        if made is not None:
            where[places] = np.arange(size, size + len(places))
            is_quoted[places] = made.texts.is_not_null().to_numpy() & made.is_quoted
            parts.append(made.texts.fill_null("null"))
            size += len(places)
    texts = pl.concat(parts, rechunk=True) if parts else pl.Series([], dtype=pl.String)
    written = pl.Series(write_documents(documents, found, large_text(texts), where, is_quoted))
    left = pl.Series(np.flatnonzero(found.is_left))
    return (
        written.scatter(left, rewritten(values.gather(left), root, masks)) if len(left) else written
    )


def _groups(found: Scalars) -> Iterator[tuple[int, int, Positions]]:
    """The places of the scalars of each path and kind, in their order."""
    groups = found.paths.astype(np.int64) * len(KINDS) + found.kinds
    order = np.argsort(groups, kind="stable")
    edges = np.flatnonzero(np.diff(groups[order])) + 1
    for places in np.split(order, edges) if len(order) else ():
        yield int(found.paths[places[0]]), int(found.kinds[places[0]]), places


def _values(
    documents: pa.LargeStringArray, found: Scalars, kind: int, places: Positions
) -> pl.Series:
    """The scalars as values: strings without their quotes and escapes."""
    starts, ends = found.starts[places], found.ends[places]
    if kind != TEXT:
        return pl.Series(texts_at(documents, starts, ends))
    values = pl.Series(texts_at(documents, starts + 1, ends - 1))
    escaped = np.flatnonzero(found.is_escaped[places])
    if not len(escaped):
        return values
    read = [text_of(f'"{values[place]}"') for place in escaped.tolist()]
    return values.scatter(pl.Series(escaped), pl.Series(read, dtype=pl.String))
