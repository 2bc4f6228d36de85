"""What cannot be read as an archive of pg_dump is refused in whole sentences."""

from __future__ import annotations

import pytest

from privaci_core.ddl.archive import items_of
from privaci_core.errors import CopyError

VERSION_1_14 = b"PGDMP\x01\x0e\x00"
INTS_AND_OFFSETS = b"\x04\x08"
CUSTOM, TAR = b"\x01", b"\x03"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("output", "cause"),
    [
        (b"SELECT 1;\n", "pg_dump wrote something other than an archive"),
        (b"PGDMP\x01\x09\x00", "the archive's format 1.9 is not known"),
        (VERSION_1_14 + INTS_AND_OFFSETS + TAR, "the archive is not in the custom format"),
        (VERSION_1_14 + INTS_AND_OFFSETS + CUSTOM, "the archive ends too early"),
    ],
)
def test_an_unreadable_archive_is_told_in_a_sentence(output: bytes, cause: str) -> None:
    """The cause names the archive, and the remedy is something to do."""
    with pytest.raises(CopyError, match=f"Cause: {cause}\n"):
        list(items_of(output))
