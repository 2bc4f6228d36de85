"""Compares what we read in an archive with the script that pg_restore makes of it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from fuzz.oracle import definitions_in

from privaci_core.ddl.archive import items_of
from privaci_core.ddl.dump import NO_OBJECTS
from privaci_core.ddl.statements import ownership

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.ddl.archive import Item

# pg_restore writes these before an entry whose method or place is another than the last's; a name
# may have line breaks.
SETTINGS = re.compile(
    r"""^SET default_(?:tablespace|table_access_method) = (?:"(?:[^"]|"")*"|.*);$""", re.MULTILINE
)
NO_OWNER = re.compile(r"Owner: \n--\n")
# Older ones call every relation a table there.
RELATION = re.compile(r"\nALTER (?:VIEW|SEQUENCE|MATERIALIZED VIEW|FOREIGN TABLE) ")
BREAKS = re.compile(r"[\r\n]")


def misread(archive: bytes, script: str) -> list[str]:
    """What only one of both has: an object's head, its statements, the one of its owner."""
    read = Counter(_alike(_as_script(item)) for item in _objects(archive))
    written = Counter(_alike(each) for each in definitions_in(script))
    return [
        *(f"pg_restore alone: {each}" for each in written - read),
        *(f"we alone: {each}" for each in read - written),
    ]


def _objects(archive: bytes) -> Iterator[Item]:
    return (item for item in items_of(archive) if item.kind not in NO_OBJECTS)


def _as_script(item: Item) -> str:
    """An entry as pg_restore prints it, whose heads hold no line breaks."""
    schema, owner, tag = (
        BREAKS.sub(" ", name) for name in (item.schema or "-", item.owner or "-", item.tag)
    )
    head = f"{tag}; Type: {item.kind}; Schema: {schema}; Owner: {owner}"
    return f"{head}\n--\n{item.sql}\n{ownership(item)}"


def _alike(entry: str) -> str:
    """An entry without settings, empty lines, and the quotes of its last ALTER: ours quotes all."""
    lines = NO_OWNER.sub("Owner: -\n--\n", SETTINGS.sub("", entry), count=1).splitlines()
    text = "\n".join(line.rstrip() for line in lines if line.strip())
    statement, alter, last = RELATION.sub("\nALTER TABLE ", text).rpartition("\nALTER ")
    return statement + alter + last.replace('"', "")
