"""Copies large objects, which belong to no table: with numbers, owners and grants, unmasked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.ddl.create import roles_of
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.sql import query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from privaci_core.postgres.session import Connection

PIECE_BYTES = 4 << 20
REMOVE = "SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid = %s"
CREATE = "SELECT pg_catalog.lo_create(%s::oid)"
READ = "SELECT pg_catalog.lo_get(%s::oid, %s::bigint, %s::int)"
WRITE = "SELECT pg_catalog.lo_put(%s::oid, %s::bigint, %s::bytea)"
COMMENT = "SELECT pg_catalog.obj_description(%s::oid, 'pg_largeobject')"
ROLES = "SELECT rolname FROM pg_catalog.pg_roles"
REVOKE_OWN = "REVOKE ALL ON LARGE OBJECT {} FROM {}"
GRANT = "GRANT {} ON LARGE OBJECT {} TO {}{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A large object as the source's catalog describes it."""

    number: int
    owner: str
    # Grantee or PUBLIC, privilege, whether it may be passed on; None: Postgres's own.
    grants: list[tuple[str | None, str, bool]] | None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The roles of the target: its user, those that can be made an owner, and all."""

    user: str
    owners: frozenset[str]
    known: frozenset[str]


def copy_large_objects(
    source: Connection, target: Connection, *, acl: bool = True
) -> tuple[str, ...]:
    """Copy every large object of the source's snapshot; returns notes, one that it is unmasked."""
    doing, remedy = "Copying large objects", "Give the source's user SELECT on every large object."
    with driver_errors(doing, remedy):
        found = large_objects_of(source, acl=acl)
        made = ((each, content_of(source, each.number)) for each in found)
        missing = create_large_objects(target, made)
    notes = [f"LARGE OBJECTS: {len(found)} were copied unmasked"] if found else []
    return (*notes, *missing)


def large_objects_of(session: Connection, *, acl: bool = True) -> list[Described]:
    """The large objects that a session's snapshot shows, without their content."""
    return [
        Described(
            number=number,
            owner=owner,
            grants=grants if acl else None,
            comment=_comment_on(session, number),
        )
        for number, owner, grants in session.execute(query("large_objects")).fetchall()
    ]


def content_of(session: Connection, number: int) -> Iterator[bytes]:
    """The bytes of a large object, in pieces."""
    start = 0
    while content := _read_piece(session, number, start):
        yield content
        start += len(content)


def create_large_objects(
    target: Connection, made: Iterable[tuple[Described, Iterable[bytes]]]
) -> Sequence[str]:
    """Make each with its content and rights; returns a note of each role that the target lacks."""
    roles: Roles | None = None
    missing: set[str] = set()
    for described, content in made:
        roles = roles or _roles(target)
        # An earlier run may have been killed in the middle of it.
        target.execute(REMOVE, [described.number])
        target.execute(CREATE, [described.number])
        start = 0
        for piece in content:
            target.execute(WRITE, [described.number, start, piece])
            start += len(piece)
        _comment(target, described)
        missing.update(_give_rights(target, described, roles))
    return [f"LARGE OBJECTS: {role} is not a role of the target" for role in sorted(missing)]


def _read_piece(source: Connection, number: int, start: int) -> bytes:
    row = source.execute(READ, [number, start, PIECE_BYTES], binary=True).fetchone()
    return row[0] if row else b""


def _comment_on(session: Connection, number: int) -> str | None:
    row = session.execute(COMMENT, [number]).fetchone()
    return row[0] if row else None


def _comment(target: Connection, described: Described) -> None:
    if described.comment:
        statement = sql.SQL("COMMENT ON LARGE OBJECT {} IS {}")
        target.execute(
            statement.format(sql.Literal(described.number), sql.Literal(described.comment))
        )


def _roles(target: Connection) -> Roles:
    known = frozenset(name for (name,) in target.execute(ROLES))
    return Roles(user=target.info.user, owners=roles_of(target), known=known)


def _give_rights(target: Connection, described: Described, roles: Roles) -> Iterator[str]:
    """Give a large object its owner and its grants; yields the roles that the target lacks."""
    number, owner = sql.Literal(described.number), described.owner
    if owner not in roles.owners:
        yield owner
        owner = roles.user
    elif owner != roles.user:
        alter = sql.SQL("ALTER LARGE OBJECT {} OWNER TO {}")
        target.execute(alter.format(number, sql.Identifier(owner)))
    if described.grants is None:
        return
    target.execute(sql.SQL(REVOKE_OWN).format(number, sql.Identifier(owner)))
    for grantee, privilege, passes_on in described.grants:
        to = owner if grantee == described.owner else grantee
        if to is not None and to not in roles.known:
            yield to
            continue
        named = sql.SQL("PUBLIC") if to is None else sql.Identifier(to)
        option = sql.SQL(" WITH GRANT OPTION" if passes_on else "")
        target.execute(sql.SQL(GRANT).format(sql.SQL(privilege), number, named, option))
