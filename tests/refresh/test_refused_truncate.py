"""A refused refresh by `truncate` has dropped the target's keys; the next one builds them again."""

from __future__ import annotations

import pytest
from builders.copies import KEYS
from builders.selections import rows, run, wrong

from privaci_core.errors import CopyError
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database

pytestmark = pytest.mark.postgres

SOURCE = """
CREATE TABLE team (id int PRIMARY KEY, name text);
CREATE TABLE person (id int PRIMARY KEY, team int REFERENCES team, note text);
CREATE INDEX of_team ON person (team);
COMMENT ON CONSTRAINT person_team_fkey ON person IS 'belongs to';
INSERT INTO team SELECT n, 'team' FROM generate_series(1, 9) AS n;
INSERT INTO person SELECT n, n, 'note' FROM generate_series(1, 9) AS n;
"""
POLICY = 'version: "1.0"\nauto_detect: false\non_existing_data: {}\n'
ORPHANS = 'tables: {public.team: {where: "id > 5"}}\n'
KEPT = "SELECT conname, convalidated FROM pg_constraint WHERE connamespace = 'public'::regnamespace"


def test_the_keys_come_back(source_db: str, target_db: str) -> None:
    """Those that the source has and that the refused run could not build, and the target's own."""
    run(source_db, SOURCE)
    copy_database(source_db, target_db, parse_policy(POLICY.format("drop_create")), KEYS)
    whole = sorted(rows(target_db, KEPT))
    run(target_db, "CREATE INDEX own_of_the_target ON person (note)")
    truncates = POLICY.format("truncate")
    for _ in range(2):
        with pytest.raises(CopyError, match="orphans"):
            copy_database(source_db, target_db, parse_policy(truncates + ORPHANS), KEYS)
    run(target_db, "CREATE INDEX made_meanwhile ON team (name)")
    copy_database(source_db, target_db, parse_policy(truncates), KEYS)
    assert sorted(rows(target_db, KEPT)) == whole
    indexes = {name for (name,) in rows(target_db, "SELECT indexname FROM pg_indexes")}
    assert {"of_team", "own_of_the_target", "made_meanwhile"} <= indexes
    said = "SELECT description FROM pg_description WHERE classoid = 'pg_constraint'::regclass"
    assert ("belongs to",) in rows(target_db, said)
    assert wrong(source_db, target_db, parse_policy(truncates)) == {}
