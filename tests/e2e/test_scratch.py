"""A killed command leaves nothing for good: the next one removes its folder."""

from __future__ import annotations

import os
import tempfile
import time
from typing import TYPE_CHECKING

import pytest

from privaci_dagster.cli.scratch import LOCK, PREFIX, remove_leftovers, scratch_folder

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit

HOURS = 3600


def left(root: Path, name: str, *files: str, hours: float) -> Path:
    """A folder of some age."""
    folder = root / name
    folder.mkdir()
    for file in files:
        (folder / file).touch()
    then = time.time() - hours * HOURS
    os.utime(folder, (then, then))
    return folder


def test_the_folder_of_a_killed_command_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that a living command uses stays, and ours is gone when we are done."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed = left(tmp_path, f"{PREFIX}killed", LOCK, "privaci.lock.json", hours=1)
    just_made = left(tmp_path, f"{PREFIX}made", hours=0)
    with scratch_folder() as living:
        assert not killed.exists()
        assert just_made.exists()
        old = time.time() - HOURS
        os.utime(living, (old, old))
        with scratch_folder() as second:
            assert living.exists()
        assert not second.exists()
    assert not living.exists()


def test_folders_of_earlier_versions_are_removed_when_they_are_old(tmp_path: Path) -> None:
    """Only those that hold what such a version wrote, and nothing of another program."""
    dump = left(tmp_path, "privaci-a1b2c3d4", "schema.dump", hours=25)
    lock = left(tmp_path, "privaci-x_b2c3d4", "privaci.lock.json", hours=25)
    fresh = left(tmp_path, "privaci-fresh_12", "schema.dump", hours=1)
    other = left(tmp_path, "privaci-somebody", "schema.dump", "notes", hours=25)
    (tmp_path / "privaci-linked_1").symlink_to(fresh)
    remove_leftovers(tmp_path)
    assert [dump.exists(), lock.exists()] == [False, False]
    assert [fresh.exists(), other.exists()] == [True, True]
    assert (fresh / "schema.dump").exists()
