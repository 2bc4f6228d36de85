"""Writes files that are never half there: a disk may be full."""

from __future__ import annotations

import errno
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Of a file that is mounted by itself, or of a folder that takes no other one.
IN_PLACE = frozenset({errno.EBUSY, errno.EACCES, errno.EPERM, errno.EROFS})


def write_whole(path: Path, octets: bytes) -> None:
    """Write a file; where that fails, what was there is there still.

    One that cannot be replaced is written in its place, and has no such promise.
    """
    place = path.resolve()
    if place.exists() and not place.is_file():
        # A pipe or a device.
        place.write_bytes(octets)
        return
    draft = place.with_name(f".{place.name}.draft")
    try:
        draft.write_bytes(octets)
        if place.exists():
            shutil.copymode(place, draft)
        draft.replace(place)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        if error.errno not in IN_PLACE or not place.exists():
            raise
        place.write_bytes(octets)
