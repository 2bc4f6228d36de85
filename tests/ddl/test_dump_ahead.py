"""The schema is dumped beside the planning; what went wrong there is told where it is asked for."""

from __future__ import annotations

import psycopg
import pytest
from substrate.databases import run

from privaci_core.ddl import dump, dump_ahead
from privaci_core.ddl.dump_ahead import dump_of, dumped_ahead
from privaci_core.errors import CopyError

pytestmark = pytest.mark.postgres


def exported(source: psycopg.Connection) -> str:
    """The name of the session's snapshot."""
    (name,) = source.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
    return str(name)


def test_a_dump_that_was_begun_is_not_made_again(
    source_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is as the snapshot saw the schema, and each is given once."""
    run(source_db, "CREATE TABLE t (id int)")
    with psycopg.connect(source_db) as source:
        version, snapshot = source.info.server_version, exported(source)
        with dumped_ahead(source_db, version, snapshot, ()):
            monkeypatch.setattr(dump, "_run", None)
            names = [entry.name for entry in dump_of(source_db, version, snapshot, ()).pre_data]
            assert "t" in names
            with pytest.raises(TypeError):
                dump_of(source_db, version, snapshot, ())


def test_a_dump_that_failed_tells_why_when_it_is_asked_for(source_db: str) -> None:
    """As one does that was not begun before."""
    with psycopg.connect(source_db) as source:
        version = source.info.server_version
    with (
        dumped_ahead(source_db, version, "00000003-0000001B-9", ()),
        pytest.raises(CopyError, match="snapshot"),
    ):
        dump_of(source_db, version, "00000003-0000001B-9", ())


def test_a_dump_that_nothing_asks_for_ends_with_its_refresh(source_db: str) -> None:
    """It may wait for a lock that another session holds."""
    run(source_db, "CREATE TABLE t (id int)")
    with psycopg.connect(source_db) as source, psycopg.connect(source_db) as other:
        snapshot = exported(source)
        other.execute("LOCK TABLE t")
        with dumped_ahead(source_db, source.info.server_version, snapshot, ()):
            (begun,) = dump_ahead._BEGUN.values()
        assert begun.process.returncode
        assert not dump_ahead._BEGUN
