"""Entries of a dump on a target: owners it lacks, objects it has, errors that name the entry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from privaci_core.ddl.create import create_objects, run_entry, statements
from privaci_core.ddl.dump import Entry
from privaci_core.errors import CopyError
from privaci_core.postgres.session import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres.session import Connection

TABLE = "CREATE TABLE public.visit (id integer);"


def entry(kind: str, sql: str, name: str = "visit") -> Entry:
    """An entry of a dump that needs no other."""
    return Entry(id=1, kind=kind, schema="public", name=name, owner="app", needs=(), sql=sql)


@pytest.fixture
def target(target_db: str) -> Iterator[Connection]:
    """A session that writes to an empty target."""
    connection = connect(target_db)
    connection.autocommit = True
    yield connection
    connection.close()


@pytest.mark.unit
def test_statements_end_at_the_end_of_a_line() -> None:
    """A semicolon inside a line ends no statement."""
    script = 'GRANT SELECT ON TABLE t TO "a;b";\nREVOKE ALL ON TABLE t FROM c;\n'
    assert statements(script) == [
        'GRANT SELECT ON TABLE t TO "a;b"',
        "REVOKE ALL ON TABLE t FROM c",
    ]


@pytest.mark.postgres
def test_an_owner_that_the_target_lacks_is_a_note(target: Connection) -> None:
    """The object is created without its owner, and the note names the role."""
    owner = replace(
        entry("TABLE OWNER", "ALTER TABLE public.visit OWNER TO nobody_here;"), owner="nobody_here"
    )
    assert create_objects(target, [entry("TABLE", TABLE), owner]) == (
        "TABLE OWNER public.visit: nobody_here is not a role that the target's user has",
    )
    assert target.execute("SELECT to_regclass('public.visit') IS NOT NULL").fetchone() == (True,)


@pytest.mark.postgres
def test_an_object_that_exists_is_an_error_but_for_a_second_run(target: Connection) -> None:
    """A resumed run passes over what an earlier one created; a first run does not."""
    assert list(run_entry(target, entry("TABLE", TABLE))) == []
    assert list(run_entry(target, entry("TABLE", TABLE), again=True)) == []
    with pytest.raises(CopyError, match=r"Creating TABLE public\.visit on the target"):
        list(run_entry(target, entry("TABLE", TABLE)))


@pytest.mark.postgres
def test_a_privilege_of_a_role_that_the_target_lacks_is_a_note(target: Connection) -> None:
    """Each statement of an ACL entry runs alone: one that fails hides no other."""
    list(run_entry(target, entry("TABLE", TABLE)))
    grants = "GRANT ALL ON TABLE public.visit TO nobody_here;\nGRANT SELECT ON TABLE public.visit"
    notes = list(run_entry(target, entry("ACL", f"{grants} TO PUBLIC;")))
    assert notes == ["ACL public.visit: UndefinedObject in one GRANT"]
    acl = "SELECT relacl::text LIKE '%=r/%' FROM pg_class WHERE relname = 'visit'"
    assert target.execute(acl).fetchone() == (True,)


@pytest.mark.postgres
def test_an_entry_that_fails_among_many_is_the_one_that_is_named(target: Connection) -> None:
    """Entries run together; after a failure those before the wrong one are there, none after."""
    tables = [entry("TABLE", f"CREATE TABLE public.t{n} (id integer);", f"t{n}") for n in range(9)]
    tables[5] = entry("TABLE", "CREATE TABLE public.t5 (id no_such_type);", "t5")
    with pytest.raises(CopyError, match=r"Creating TABLE public\.t5 on the target"):
        create_objects(target, tables)
    made = target.execute("SELECT relname FROM pg_class WHERE relname ~ '^t[0-9]$' ORDER BY 1")
    assert [name for (name,) in made.fetchall()] == ["t0", "t1", "t2", "t3", "t4"]


@pytest.mark.postgres
def test_notes_of_many_entries_come_in_their_order(target: Connection) -> None:
    """Also where an entry's owner or one of its grants is left out."""
    owned = [
        each
        for n in range(3)
        for each in (
            entry("TABLE", f"CREATE TABLE public.t{n} (id integer);", f"t{n}"),
            replace(entry("TABLE OWNER", "", f"t{n}"), owner="absent"),
        )
    ]
    grants = [entry("ACL", f"GRANT SELECT ON TABLE public.t{n} TO absent;") for n in range(2)]
    notes = create_objects(target, [*owned, *grants])
    assert [note.split(":")[0] for note in notes] == [
        "TABLE OWNER public.t0",
        "TABLE OWNER public.t1",
        "TABLE OWNER public.t2",
        "ACL public.visit",
        "ACL public.visit",
    ]
