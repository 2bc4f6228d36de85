"""Reads who may connect to a database, takes that right from everyone else, and puts it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

# Each right that a grant list gives, in the list's order; a NULL list is Postgres's default.
# A role that was dropped meanwhile has no rights to put back.
RIGHTS = """
SELECT roles.rolname, acl.privilege_type, acl.is_grantable
FROM pg_catalog.pg_database,
     pg_catalog.aclexplode(coalesce(({}), pg_catalog.acldefault('d', datdba)))
     WITH ORDINALITY AS acl (grantor, grantee, privilege_type, is_grantable, place)
LEFT JOIN pg_catalog.pg_roles AS roles ON roles.oid = acl.grantee
WHERE datname = %(database)s AND (acl.grantee = 0 OR roles.oid IS NOT NULL)
ORDER BY acl.place
"""
NOW = "datacl"
SESSIONS = "SELECT ({}) FROM pg_catalog.pg_database WHERE datname = %(database)s"
LIMIT = "datconnlimit"
OWNERSHIP = """
SELECT pg_catalog.pg_get_userbyid(datdba), roles.rolsuper,
       pg_catalog.pg_has_role(roles.oid, datdba, 'USAGE')
FROM pg_catalog.pg_database, pg_catalog.pg_roles AS roles
WHERE datname = %(database)s AND roles.rolname = current_user
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One right on a database: who has it, and whether that role may pass it on."""

    # None: every role.
    role: str | None
    privilege: str
    grantable: bool

    @property
    def grantee(self) -> sql.Composable:
        """The role as a statement names it."""
        return sql.SQL("PUBLIC") if self.role is None else sql.Identifier(self.role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who has which right on a database, and how many sessions it allows."""

    rights: tuple[Right, ...]
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Who owns a database, and what the session's role may therefore change."""

    owner: str
    is_superuser: bool
    acts_as_owner: bool


def ownership_of(server: Connection, database: str) -> Ownership | None:
    """The owner of a database, or None if there is no such database."""
    row = server.execute(OWNERSHIP, {"database": database}).fetchone()
    if row is None:
        return None
    owner, is_superuser, acts_as_owner = row
    return Ownership(owner=owner, is_superuser=is_superuser, acts_as_owner=acts_as_owner)


def access_to(
    server: Connection, database: str, grants: str = NOW, limit: str = LIMIT
) -> Access | None:
    """Who may connect to a database: now, or as other expressions tell."""
    known = {"database": database}
    row = server.execute(SESSIONS.format(limit).encode(), known).fetchone()
    if row is None:
        return None
    rows = server.execute(RIGHTS.format(grants).encode(), known).fetchall()
    rights = (Right(role=role, privilege=what, grantable=more) for role, what, more in rows)
    return Access(rights=tuple(rights), limit=row[0])


def close_to_others(server: Connection, database: str) -> None:
    """Let only the session's role connect, by changes that a transaction can take back.

    A superuser needs no right and no room, so a limit of no session at all leaves every grant as
    it is. An owner is under that limit as well, and takes the right to connect from all others.
    """
    ownership, name = ownership_of(server, database), sql.Identifier(database)
    if ownership is None or ownership.is_superuser:
        server.execute(_limit(name, 0))
        return
    access = access_to(server, database)
    rights = access.rights if access else ()
    revoke = sql.SQL("REVOKE CONNECT ON DATABASE {} FROM {} CASCADE")
    for other in {right.role: right for right in rights if right.role != ownership.owner}.values():
        server.execute(revoke.format(name, other.grantee))
    own = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
    server.execute(own.format(name, sql.Identifier(ownership.owner)))


def give_access(server: Connection, database: str, wanted: Access) -> None:
    """Give a database exactly these rights, in this order, and this limit."""
    now, name = access_to(server, database), sql.Identifier(database)
    if now is None or now == wanted:
        return
    if now.rights != wanted.rights:
        # A new entry goes to the end of the list, so the list is emptied first.
        for right in {right.role: right for right in now.rights}.values():
            server.execute(
                sql.SQL("REVOKE ALL ON DATABASE {} FROM {} CASCADE").format(name, right.grantee)
            )
        for right in wanted.rights:
            server.execute(_grant(name, right))
    server.execute(_limit(name, wanted.limit))


def _grant(name: sql.Identifier, right: Right) -> sql.Composed:
    may_pass_on = sql.SQL(" WITH GRANT OPTION" if right.grantable else "")
    grant = sql.SQL("GRANT {} ON DATABASE {} TO {}{}")
    return grant.format(sql.SQL(right.privilege), name, right.grantee, may_pass_on)


def _limit(name: sql.Identifier, sessions: int) -> sql.Composed:
    limit = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}")
    return limit.format(name, sql.Literal(sessions))
