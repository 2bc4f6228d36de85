"""Baselines by command: kept, listed, restored and dropped, with one line for each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from e2e.commands import privaci
from substrate.databases import run
from substrate.judge import checksums

from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database
from privaci_core.stores.extra import optional_module

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e
KEYS = Keys.of(b"a salt of the test suite, long enough")


def test_a_baseline_is_kept_and_restored_by_command(
    source_db: str, target_db: str, tmp_path: Path
) -> None:
    """An encrypted baseline of a published target brings deleted rows back."""
    run(source_db, "CREATE TABLE visit (id int PRIMARY KEY)", "INSERT INTO visit VALUES (1), (2)")
    policy = parse_policy('version: "1.0"\nauto_detect: false\n')
    copy_database(source_db, target_db, policy, KEYS)
    before = checksums(target_db)
    mine = optional_module("pyrage").x25519.Identity.generate()
    environ = {
        "TARGET_DB_URL": target_db,
        "PRIVACI_STORE": f"file://{tmp_path}/kept",
        "PRIVACI_RECIPIENTS": str(mine.to_public()),
        "PRIVACI_IDENTITY": "env://MINE",
        "MINE": str(mine),
    }
    taken = privaci("baseline", "snapshot", "--id", "golden", **environ)
    assert (taken.returncode, taken.stderr) == (0, "")
    assert taken.stdout.startswith("golden: 1 table, 2 rows, ")
    assert taken.stdout.endswith(", encrypted\n")
    run(target_db, "DELETE FROM visit")
    restored = privaci("baseline", "restore", **environ)
    assert (restored.returncode, restored.stderr) == (0, "")
    assert checksums(target_db) == before
    listed = privaci("baseline", "list", "--format", "json", **environ)
    assert [each["id"] for each in json.loads(listed.stdout)] == ["golden"]
    assert privaci("baseline", "drop", "--id", "golden", **environ).stdout == "golden: removed\n"
    assert privaci("baseline", "list", **environ).stdout == "none\n"
    missing = privaci("baseline", "restore", **environ)
    assert missing.returncode == 2
    assert "it holds no whole baseline" in missing.stderr


def test_a_backup_is_taken_and_tried_by_command(
    source_db: str, target_db: str, tmp_path: Path
) -> None:
    """A drill says that the backup restores, and exits with 1 where rows differ."""
    run(source_db, "CREATE TABLE visit (id int PRIMARY KEY)", "INSERT INTO visit VALUES (1), (2)")
    policy = parse_policy('version: "1.0"\nauto_detect: false\n')
    copy_database(source_db, target_db, policy, KEYS)
    environ = {"TARGET_DB_URL": target_db, "PRIVACI_STORE": f"file://{tmp_path}/kept"}
    taken = privaci("backup", "run", "--format", "json", **environ)
    assert (taken.returncode, taken.stderr) == (0, "")
    name = json.loads(taken.stdout)["id"]
    listed = privaci("backup", "list", "--format", "json", **environ)
    assert [each["id"] for each in json.loads(listed.stdout)] == [name]
    assert privaci("backup", "drill", **environ).stdout == f"{name}: restores\n"
    run(target_db, "DELETE FROM visit WHERE id = 1")
    privaci("backup", "run", **environ)
    failed = privaci("backup", "drill", **environ)
    assert failed.returncode == 1
    assert "public.visit: 1 row where 2 were loaded" in failed.stdout
    refused = privaci("backup", "restore", **environ)
    assert refused.returncode == 2
    assert "holds tables already" in refused.stderr
