"""Refuses to complete a target whose tables are not all loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.errors import CopyError
from privaci_core.postgres.session import target_session
from privaci_core.target.ledger_store import loaded_chunks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.refresh.open import Opened
    from privaci_core.target.ledger_store import LoadedChunk


def refuse_unloaded(refresh: Opened) -> None:
    """Refuse to build keys over a part of the rows.

    Some executors start a step though an earlier one failed, and a person may start it alone.
    References to rows that come later would then be set to NULL, and stay so.
    """
    copy = refresh.copy
    if copy.selection:
        return
    names = [table.name for table in copy.plan.tables if not refresh.keeps(table)]
    with target_session(copy.ends.target, autocommit=True) as target:
        there = loaded_chunks(target, names)
    missing = [name for name in names if not _is_whole(there[name])]
    if missing:
        more = f", nor are {len(missing) - 1} more tables" if missing[1:] else ""
        raise CopyError(
            "Completing the target",
            f"{missing[0]} is not loaded whole{more}",
            "Load what is missing first: privaci resume.",
        )


def _is_whole(chunks: Mapping[int, LoadedChunk]) -> bool:
    """Whether all chunks are there; those of earlier versions do not say of how many they are."""
    origins = [chunk.origin for chunk in chunks.values()]
    return bool(chunks) and all(origin is None or origin.of == len(chunks) for origin in origins)
