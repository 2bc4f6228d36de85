"""Each scenario once more: all its tables are exchanged, and the target is what it was."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from substrate.judge import checksums, schema_of

from privaci_core.masks import Keys
from privaci_core.policy import load_policy
from privaci_core.prove.checks import verdicts
from privaci_core.prove.evidence import Evidence
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database
from privaci_core.target.claim import Claim

pytestmark = pytest.mark.postgres

FOLDERS = sorted(
    path.parent
    for path in Path(__file__).parent.glob("*/source.sql")
    if not (path.parent / "refused.txt").exists()
)
KEYS = Keys.of(b"a salt of the test suite, long enough", b"a pseudonym key of it, long enough too")


POSITIONS = "SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2"


def content_of(dsn: str) -> tuple[object, ...]:
    """The schema, the checksums of all columns, and the positions of sequences."""
    with psycopg.connect(dsn) as connection:
        positions = connection.execute(POSITIONS).fetchall()
    return schema_of(dsn), checksums(dsn), positions


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_target_is_what_it_was(folder: Path, source_db: str, target_db: str) -> None:
    """The same rows of the same source come out, and each check finds what it found before."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute((folder / "source.sql").read_bytes())
    policy = load_policy(folder / "mask-rules.yaml")
    copy_database(source_db, target_db, policy, KEYS)
    before, found = content_of(target_db), wrong(source_db, target_db, folder)
    with finished(source_db, target_db, policy, KEYS) as opened:
        tables = frozenset(map(opened.copy.root_of, opened.copy.plan.tables))
    copy_database(source_db, target_db, policy, KEYS, claim=Claim(tables=tables))
    assert content_of(target_db) == before
    assert wrong(source_db, target_db, folder) == found


def wrong(source: str, target: str, folder: Path) -> dict[str, set[str]]:
    """The places where each check finds something."""
    policy = load_policy(folder / "mask-rules.yaml")
    with finished(source, target, policy, KEYS) as opened:
        evidence = Evidence(copy=opened.copy, source=opened.connections.source)
        return {name: set(verdict.wrong) for name, verdict in verdicts(evidence).items()}
