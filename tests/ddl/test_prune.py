"""Excluded tables leave a dump with everything that needs them, and with nothing else."""

from __future__ import annotations

import pytest

from privaci_core.ddl.dump import Dump, Entry
from privaci_core.ddl.prune import without_secrets, without_tables

pytestmark = pytest.mark.unit


def entry(id_: int, kind: str, name: str, *needs: int) -> Entry:
    """An entry of a dump, in the schema public."""
    sql = f"CREATE {kind} {name};"
    return Entry(id=id_, kind=kind, schema="public", name=name, owner="app", needs=needs, sql=sql)


TABLE = entry(1, "TABLE", "visit")
OTHER = entry(2, "TABLE", "doctor")
SEQUENCE = entry(3, "SEQUENCE", "visit_id_seq")
OWNED = entry(4, "SEQUENCE OWNED BY", "visit_id_seq", 1, 3)
VIEW = entry(5, "VIEW", "recent", 1)
VIEW_OF_VIEW = entry(6, "VIEW", "latest", 5)
DEFAULT = entry(7, "DEFAULT", "visit id", 1, 3)
PRE_DATA = (TABLE, OTHER, SEQUENCE, OWNED, VIEW, VIEW_OF_VIEW, DEFAULT)
KEY = entry(8, "CONSTRAINT", "visit visit_pkey", 1)
OTHER_KEY = entry(9, "CONSTRAINT", "doctor doctor_pkey", 2)
FOREIGN_KEY = entry(10, "FK CONSTRAINT", "doctor doctor_visit_fkey", 2, 8)
DUMP = Dump(pre_data=PRE_DATA, post_data=(KEY, OTHER_KEY, FOREIGN_KEY))


def test_nothing_is_excluded() -> None:
    """Without excluded tables the dump is the same, and there is no note."""
    assert without_tables(DUMP, ()) == (DUMP, ())


def test_what_needs_the_table_leaves_with_it() -> None:
    """Views of views, keys that refer to it and the sequence of its serial column leave as well."""
    pruned, notes = without_tables(DUMP, {("public", "visit")})
    assert pruned.pre_data == (OTHER,)
    assert pruned.post_data == (OTHER_KEY,)
    assert notes == (
        "VIEW public.recent: left out, it needs an excluded table",
        "VIEW public.latest: left out, it needs an excluded table",
    )


def test_a_table_of_another_schema_stays() -> None:
    """A table is excluded by its schema and its name; a view of the name of a table stays."""
    assert without_tables(DUMP, {("other", "visit"), ("public", "recent")}) == (DUMP, ())


def test_a_sequence_without_an_owner_stays() -> None:
    """A sequence that the table only uses is no part of it."""
    used = Dump(pre_data=(TABLE, SEQUENCE, DEFAULT), post_data=())
    pruned, notes = without_tables(used, {("public", "visit")})
    assert pruned.pre_data == (SEQUENCE,)
    assert notes == ()


def test_passwords_of_other_servers_leave() -> None:
    """A user mapping may hold a password: it leaves with a note, all else stays."""
    mapping = entry(11, "USER MAPPING", "app SERVER archive")
    dump = Dump(pre_data=(TABLE, mapping), post_data=(KEY,), drops=("DROP TABLE x;",))
    pruned, notes = without_secrets(dump)
    assert pruned == Dump(pre_data=(TABLE,), post_data=(KEY,), drops=("DROP TABLE x;",))
    assert notes == ("USER MAPPING public.app SERVER archive: left out, it may hold a password",)
