"""What a run prints with `--events privaci`: PrivaCI's events, a line of JSON each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from e2e.shop import RULES, Shop

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e
ENVELOPE = {"timestamp", "level", "event", "run_id"}


@pytest.fixture
def shop(source_db: str, target_db: str, tmp_path: Path) -> Shop:
    """Two people."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute("CREATE TABLE person (id int PRIMARY KEY, email text, nick text)")
        connection.execute("INSERT INTO person VALUES (1, 'nimue@corp.example'), (2, NULL)")
    return Shop(tmp_path, source_db, target_db)


def events_of(shop: Shop, *words: str) -> tuple[int, list[dict[str, Any]]]:
    """How a command ended, and the events that it printed: nothing else is on stdout."""
    done = shop.privaci(*words, "--events", "privaci", "--log-format", "none")
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_run_is_told_in_privacis_words(shop: Shop) -> None:
    """From its start to its end, then one that is refused before any row."""
    code, events = events_of(shop, "run")
    assert code == 0
    assert all(event.keys() >= ENVELOPE for event in events)
    named = {event["event"]: event for event in events}
    # Warnings, of which a run may have some, are told as they come.
    order = [event["event"] for event in events if event["level"] == "info"]
    assert order == [
        "run.start",
        "preflight.ok",
        "schema.cloned",
        "table.start",
        "column.masked",
        "table.end",
        "run.end",
    ]
    assert named["column.masked"] | {"timestamp": ""} == {
        "timestamp": "",
        "level": "info",
        "event": "column.masked",
        "run_id": named["run.start"]["run_id"],
        "schema_name": "public",
        "table_name": "person",
        "column_name": "email",
        "action": "fake",
        "rows_affected": 2,
    }
    end = named["run.end"]
    assert (end["status"], end["tables_processed"], end["rows_processed"]) == ("succeeded", 1, 2)
    with psycopg.connect(shop.target) as target:
        known = target.execute(
            "SELECT run_id, config_hash, salt_fingerprint, source_db_hash FROM _privaci.runs"
        ).fetchone()
    start = named["run.start"]
    fields = ("run_id", "config_hash", "salt_fingerprint", "source_db_hash")
    assert known == tuple(start[name] for name in fields)

    shop.write(RULES.replace("drop_create", "fail"))
    code, events = events_of(shop, "run")
    assert [event["event"] for event in events] == [
        "run.start",
        "preflight.fail",
        "error",
        "run.end",
    ]
    error, end = events[-2:]
    assert (error["exit_code"], end["status"], end["errors"]) == (code, "failed", 1)
    assert "nimue" not in json.dumps(events)
