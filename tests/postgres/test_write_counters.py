"""Counters of what was written to each table, and the sessions that add to them while they end."""

from __future__ import annotations

import os
import signal
from threading import Timer

import psycopg
import pytest

from privaci_core.loading.sessions import Sessions
from privaci_core.loading.worker import Ends
from privaci_core.masks import Keys
from privaci_core.postgres.session import source_session, target_session
from privaci_core.postgres.write_counters import counters_without, write_counters_of

pytestmark = pytest.mark.postgres


def test_counters_are_read_when_the_sessions_that_wrote_have_ended(target_db: str) -> None:
    """A server may be slow to end a closed session, which reports only then what it wrote."""
    with psycopg.connect(target_db, autocommit=True) as connection:
        connection.execute("CREATE TABLE place (id int)")
    with source_session(target_db) as held:
        (snapshot,) = held.execute("SELECT pg_export_snapshot()").fetchone()
        ends = Ends(source=target_db, target=target_db, snapshot=snapshot, keys=Keys.of(b"k"))
        sessions = Sessions(ends)
        with sessions.pair() as (_, target):
            target.execute("INSERT INTO public.place VALUES (1)")
            target.commit()
            writer = target.info.backend_pid
        os.kill(writer, signal.SIGSTOP)
        assert sessions.close() == [writer]
    with target_session(target_db, autocommit=True) as reader:
        before = write_counters_of(reader)
        Timer(0.2, os.kill, (writer, signal.SIGCONT)).start()
        assert counters_without(reader, [writer]) != before
        assert counters_without(reader, [writer]) == write_counters_of(reader)
