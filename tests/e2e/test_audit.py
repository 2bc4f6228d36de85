"""No value leaves: all that a refresh leaves behind is searched, however it ended."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import psycopg
import pytest
from e2e.shop import SALT, Shop
from psycopg.conninfo import make_conninfo

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

# Found anywhere but in the source, it is a leak.
PERSON = "nimue.of.the.lake"
# Both servers trust us without it.
PASSWORD = "Tr0ub4dor and Zebra"
PEOPLE = f"""
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, note text);
INSERT INTO person
    SELECT n, '{PERSON}' || n || '@corp.example', 'a note' FROM generate_series(1, 300) AS n;
CREATE TABLE visit (id int PRIMARY KEY, who text);
INSERT INTO visit SELECT n, '{PERSON}' || n || '@corp.example' FROM generate_series(1, 40) AS n;
"""
BY_KEY = "ALTER TABLE visit ADD FOREIGN KEY (who) REFERENCES person (email);"
ORPHAN = f"""
SET session_replication_role = replica;
INSERT INTO visit VALUES (99, '{PERSON}99999@corp.example');
"""
REFUSED = """
CREATE FUNCTION fine(text) RETURNS bool IMMUTABLE LANGUAGE sql
    AS $$ SELECT current_database() LIKE '%' AND current_database() = '{source}' $$;
ALTER TABLE visit ADD CONSTRAINT who_is_fine CHECK (public.fine(who));
"""
# What is done to the source, and the words that say how its refresh ended.
ENDS = {
    "well": (BY_KEY, "5 of 5 checks passed"),
    "a note quotes an address": (
        f"{BY_KEY} UPDATE person SET note = 'to ' || email WHERE id = 7",
        "no_originals",
    ),
    "a visit of an unknown person": (BY_KEY + ORPHAN, "visit_who_fkey"),
    "a row that the target refuses": (BY_KEY + REFUSED, "who_is_fine"),
}


@pytest.fixture
def shop(source_db: str, target_db: str, tmp_path: Path) -> Shop:
    """Three hundred people of one name."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(PEOPLE)  # type: ignore[call-overload]
    source, target = (make_conninfo(dsn, password=PASSWORD) for dsn in (source_db, target_db))
    return Shop(tmp_path, source, target)


def ledger_keys(dsn: str) -> list[bytes]:
    """The keys of the target's ledgers, in each form in which they could be written."""
    with psycopg.connect(dsn) as target:
        keys = target.execute("SELECT key FROM _privaci.ledger_key").fetchall()
    return [form for (key,) in keys for form in (key, key.hex().encode(), b64encode(key))]


def left_behind(folder: Path) -> dict[str, bytes]:
    """Every file that runs have left, Dagster's storage among them."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("end", ENDS)
def test_no_value_leaves(shop: Shop, end: str) -> None:
    """No person, salt, password or key of a ledger is in storage, logs, output, proofs or trail.

    However the run ends.
    """
    statement, word = ENDS[end]
    with psycopg.connect(shop.source, autocommit=True) as connection:
        connection.execute(statement.replace("{source}", connection.info.dbname))  # type: ignore[call-overload]
    done = shop.privaci("run")
    assert (done.returncode == 0) == (end == "well"), done.stderr
    said = done.stdout + done.stderr
    assert word in said
    if end == "well":
        said += shop.privaci("report", "--out", "proof").stdout + shop.privaci("dry-run").stdout
    kept = left_behind(shop.folder)
    assert any(name.endswith(".db") for name in kept)
    keys = ledger_keys(shop.target)
    assert keys
    for secret in (PERSON.encode(), SALT.encode(), PASSWORD.encode(), *keys):
        assert secret not in said.encode()
        assert [name for name, content in kept.items() if secret in content] == []
    with psycopg.connect(shop.target) as target:
        trail = "SELECT count(*) FROM _privaci.audit_log AS line WHERE line::text LIKE %s"
        if target.execute("SELECT to_regclass('_privaci.audit_log') IS NOT NULL").fetchone() == (
            True,
        ):
            assert target.execute(trail, [f"%{PERSON}%"]).fetchone() == (0,)
