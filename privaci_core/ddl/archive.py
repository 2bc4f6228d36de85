"""Reads the table of contents of a pg_dump archive: every object, its statement, its names.

pg_restore would print the same as a script. There, a body may look like the head of an object, and
a name with a line break is another name; in the archive each is a string with its length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from privaci_core.errors import CopyError

if TYPE_CHECKING:
    from collections.abc import Iterator

Section = Literal["none", "pre-data", "data", "post-data"]

SECTIONS: dict[int, Section] = {1: "none", 2: "pre-data", 3: "data", 4: "post-data"}
MAGIC = b"PGDMP"
CUSTOM = 1
# The formats of pg_dump 12 to 18.
OLDEST, NEWEST = (1, 14), (1, 16)
NAMES_COMPRESSION = (1, 15)
NAMES_KIND = (1, 16)
TIME_FIELDS = 7
DOING = "Reading the archive of pg_dump"
BY_HAND = "Run pg_dump by hand: does it work?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One object of an archive, as pg_dump wrote it down."""

    id: int
    tag: str
    kind: str
    section: Section
    sql: str
    drop: str
    schema: str
    owner: str
    # The access method of a table's rows, and the kind of its relation where that is known.
    method: str
    relation: str
    needs: tuple[int, ...]


class Reader:
    """Reads numbers and strings one after the other."""

    def __init__(self, archive: bytes) -> None:
        self._archive = archive
        self._place = 0
        self._int_bytes = 4

    def take(self, count: int) -> bytes:
        """So many bytes."""
        taken = self._archive[self._place : self._place + count]
        if len(taken) < count:
            raise CopyError(DOING, "the archive ends too early", "Run again; is there room for it?")
        self._place += count
        return taken

    def byte(self) -> int:
        """One byte as a number."""
        return self.take(1)[0]

    def number(self) -> int:
        """A sign and a number of the size that the head names."""
        is_negative = self.byte()
        size = int.from_bytes(self.take(self._int_bytes), "little")
        return -size if is_negative else size

    def text(self) -> str | None:
        """A string with its length."""
        size = self.number()
        return None if size < 0 else self.take(size).decode()

    def head(self) -> tuple[tuple[int, int], int]:
        """Read the archive's head; returns its version and the bytes of an offset."""
        if self.take(len(MAGIC)) != MAGIC:
            raise CopyError(DOING, "pg_dump wrote something other than an archive", BY_HAND)
        version = (self.byte(), self.byte())
        self.byte()
        if not OLDEST <= version <= NEWEST:
            found = ".".join(map(str, version))
            remedy = "Install the postgresql-client of the source's own version, 12 to 18."
            raise CopyError(DOING, f"the archive's format {found} is not known", remedy)
        self._int_bytes, offset_bytes, form = self.byte(), self.byte(), self.byte()
        if form != CUSTOM:
            raise CopyError(DOING, "the archive is not in the custom format", BY_HAND)
        if version >= NAMES_COMPRESSION:
            self.byte()
        else:
            self.number()
        for _ in range(TIME_FIELDS):
            self.number()
        for _ in ("database", "server's version", "program's version"):
            self.text()
        return version, offset_bytes


def items_of(archive: bytes) -> Iterator[Item]:
    """Every object of an archive, in the order in which they can be made."""
    reader = Reader(archive)
    version, offset_bytes = reader.head()
    section: Section = "none"
    for _ in range(reader.number()):
        item = _item(reader, version, section)
        # An object of no section, a comment for one, belongs to the one that it stands in.
        section = item.section
        reader.take(1 + offset_bytes)
        yield item


def _item(reader: Reader, version: tuple[int, int], before: Section) -> Item:
    number, _has_rows = reader.number(), reader.number()
    _class, _oid = reader.text(), reader.text()
    tag, kind = reader.text() or "", reader.text() or ""
    section = SECTIONS[reader.number()]
    statement, drop, _copy = (reader.text() or "" for _ in range(3))
    schema, _tablespace, method = (reader.text() or "" for _ in range(3))
    relation = chr(reader.number()) if version >= NAMES_KIND else ""
    owner = reader.text() or ""
    reader.text()
    needs = []
    while (need := reader.text()) is not None:
        needs.append(int(need))
    return Item(
        id=number,
        tag=tag,
        kind=kind,
        section=before if section == "none" else section,
        sql=statement,
        drop=drop,
        schema=schema,
        owner=owner,
        method=method,
        relation=relation,
        needs=tuple(needs),
    )
