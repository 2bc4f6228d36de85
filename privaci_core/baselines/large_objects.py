"""Keeps large objects in a baseline, and makes them again: nothing proves what they hold."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from privaci_core.baselines.manifest import KeptLargeObjects
from privaci_core.errors import CopyError, PreflightError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.stores.extra import DOCS
from privaci_core.stream.large_objects import (
    Described,
    content_of,
    create_large_objects,
    large_objects_of,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from privaci_core.postgres.session import Connection
    from privaci_core.stores.store import Store

HAS_SOME = "SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)"
REMOVE_ALL = "SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata"
# Each of them is locked until the commit.
REMEDY = (
    "Give the target's user every large object; raise max_locks_per_transaction if there are many."
)


def keep_large_objects(session: Connection, store: Store, folder: str) -> KeptLargeObjects | None:
    """Store the large objects of a session's snapshot; None if there are none."""
    remedy = "Give the target's user SELECT on every large object."
    with driver_errors("Reading large objects for the baseline", remedy):
        found = large_objects_of(session)
        if not found:
            return None
        sizes: dict[int, int] = {}
        contents = store.put(f"{folder}/large_objects.bin", _pieces(session, found, sizes))
    index = [{**asdict(each), "bytes": sizes[each.number]} for each in found]
    described = store.put(f"{folder}/large_objects.json", [json.dumps(index).encode()])
    return KeptLargeObjects(described=described, contents=contents)


def refuse_unpublished(target: Connection, doing: str) -> None:
    """Refuse a database without tables that has large objects: a restore would remove them."""
    if target.execute(HAS_SOME).fetchone() == (True,):
        raise PreflightError(
            doing,
            "it holds large objects, and no refresh has published it",
            "Name a target that privaci filled, or an empty database.",
            DOCS,
        )


def restore_large_objects(
    target: Connection, store: Store, kept: KeptLargeObjects | None
) -> Sequence[str]:
    """Replace all large objects of the target by those that were kept, in its transaction."""
    with driver_errors("Restoring large objects", REMEDY):
        target.execute(REMOVE_ALL)
        if kept is None:
            return ()
        index = json.loads(b"".join(store.get(kept.described)))
        contents = _Contents(store.get(kept.contents))
        made = ((_described(each), contents.next(each["bytes"])) for each in index)
        notes = create_large_objects(target, made)
        contents.refuse_rest(kept)
    return notes


def _pieces(
    session: Connection, found: Sequence[Described], sizes: dict[int, int]
) -> Iterator[bytes]:
    """All contents, end to end; notes how long each is."""
    for each in found:
        sizes[each.number] = 0
        for piece in content_of(session, each.number):
            sizes[each.number] += len(piece)
            yield piece


def _described(content: dict[str, object]) -> Described:
    return Described(**{key: value for key, value in content.items() if key != "bytes"})  # type: ignore[arg-type]


class _Contents:
    """The contents as they lie in the store, end to end."""

    def __init__(self, pieces: Generator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def next(self, size: int) -> Iterator[bytes]:
        """The bytes of the next one."""
        while size:
            self._rest = self._rest or next(self._pieces, b"")
            if not self._rest:
                return
            taken = self._rest[:size]
            self._rest = self._rest[size:]
            size -= len(taken)
            yield taken

    def refuse_rest(self, kept: KeptLargeObjects) -> None:
        """Read to the end, where the digest is compared; refuse bytes that belong to none."""
        if self._rest or any(self._pieces):
            raise CopyError(
                f"Reading {kept.contents.name} from the store",
                "it holds more than its large objects",
                "Use another baseline.",
                DOCS,
            )
