"""A server may be far away: what can be asked at once is not asked one after the other."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from substrate.databases import run

from privaci_core.catalog.catalog import read_catalog
from privaci_core.ddl import side_by_side
from privaci_core.ddl.create import set_for_ddl
from privaci_core.ddl.side_by_side import add_foreign_keys, build_keys
from privaci_core.postgres.session import PINNED, connect

pytestmark = pytest.mark.postgres

SHOWN = ("datestyle", "search_path", "statement_timeout", "extra_float_digits")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The statements of this process's connections."""
    found: list[Any] = []
    execute = psycopg.Connection.execute

    def noted(self: psycopg.Connection, query: Any, *more: Any, **named: Any) -> Any:
        found.append(query)
        return execute(self, query, *more, **named)

    monkeypatch.setattr(psycopg.Connection, "execute", noted)
    return found


def test_a_session_is_pinned_in_one_round_trip(source_db: str, asked: list[Any]) -> None:
    """With the question whether a pooler stands before the server."""
    with connect(source_db) as session:
        assert len(asked) == 1
        session.autocommit = True
        for name in SHOWN:
            assert session.execute(f"SHOW {name}").fetchone() in {(PINNED[name],), ('""',)}


def test_a_session_is_made_ready_for_ddl_in_one_round_trip(
    source_db: str, asked: list[Any]
) -> None:
    """Its four settings at once."""
    with psycopg.connect(source_db) as session:
        set_for_ddl(session)
        assert len(asked) == 1
        assert session.execute("SHOW check_function_bodies").fetchone() == ("off",)


def test_a_catalog_is_read_in_one_round_trip(
    source_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its queries are sent before the first answer is read; without pipelines it is the same."""
    run(source_db, "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE t (id int PRIMARY KEY, m mood)")
    with connect(source_db) as session:
        pipelines: list[Any] = []
        begin = psycopg.Connection.pipeline
        monkeypatch.setattr(
            psycopg.Connection, "pipeline", lambda self: pipelines.append(self) or begin(self)
        )
        found = read_catalog(session)
        assert len(pipelines) == 1
        monkeypatch.setattr(psycopg.capabilities, "has_pipeline", lambda *_, **__: False)
        assert found == read_catalog(session)
        assert len(pipelines) == 1
    assert found.enums == {("public", "mood"): ("ok",)}


def test_without_keys_no_session_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target without foreign keys is not asked how large its tables are."""
    monkeypatch.setattr(side_by_side, "target_session", lambda *_, **__: pytest.fail("opened"))
    assert not [*build_keys("", [], again=False), *add_foreign_keys("", [], again=False)]
