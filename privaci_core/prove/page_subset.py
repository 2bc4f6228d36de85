"""Draws on a proof's page which tables and references the rows of a subset came by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from privaci_core.choose.picture import picture_of
from privaci_core.choose.shares import Share
from privaci_core.choose.show import rows_of
from privaci_core.choose.ways import Way

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def subset_picture(content: Mapping[str, Any]) -> Markup:
    """The picture of a content's subset; empty if it is of all rows."""
    if "subset" not in content:
        return Markup("")
    ways = [Way(**way) for way in content["subset"]["brought"]]
    tables = [_share(table, ways) for table in content["tables"]]
    shown = sorted(tables, key=lambda share: (-share.rows, share.table))
    title = f"{rows_of(sum(share.rows for share in shown))} of the source, and what brought them"
    # Names are escaped where they are drawn.
    return Markup(picture_of(shown, ways, title))  # noqa: S704


def _share(table: Mapping[str, Any], ways: Sequence[Way]) -> Share:
    """A table as it is drawn; how many rows the source has of it is not in a proof."""
    hows = [way.how for way in ways if way.end == table["name"]]
    return Share(
        table=table["name"],
        rows=table["rows"],
        of_rows=0,
        size_bytes=table["bytes"],
        of_bytes=0,
        why="start" if "start" in hows else next(iter(hows), "whole"),
    )
