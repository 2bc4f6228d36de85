"""Each scenario by `privaci run`, again and again over one target, in every mode."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psycopg
import pytest
from e2e.shop import Shop
from fuzz.oracle import differences, things_of
from scenarios.test_scenarios import FOLDERS, lines_of, make, queries

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif("PRIVACI_TEST_TWICE" not in os.environ, reason="make twice runs it"),
]
every_scenario = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
every_mode = pytest.mark.parametrize("mode", ["drop_create", "truncate", "swap"])


@pytest.fixture
def shop(
    folder: Path, source_db: str, target_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Shop:
    """The scenario's source and policy, and an empty target."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    make(source_db, folder)
    return Shop(tmp_path, source_db, target_db)


def run(shop: Shop, folder: Path, mode: str) -> tuple[int, str]:
    """The exit code of a run, and what it says of its failure."""
    rules = (folder / "mask-rules.yaml").read_text()
    shop.write(f"{rules}\non_existing_data: {mode}\n")
    done = shop.privaci("run", "--log-format", "none")
    return done.returncode, " ".join(done.stderr.split())


def unexpected(dsn: str, folder: Path) -> list[str]:
    """The expectations that a copy does not meet."""
    with psycopg.connect(dsn) as target:
        asked = queries((folder / "expect.sql").read_text())
        return [each for each in asked if target.execute(each.encode()).fetchall() != [(True,)]]


@every_scenario
@every_mode
def test_the_same_copy_comes_out(shop: Shop, folder: Path, mode: str) -> None:
    """Or the same refusal, although the target holds an earlier copy, or what a run left of it."""
    reasons = lines_of(folder / "refused.txt")
    # What the policy forgot is found by a check when the rows are there.
    forgotten = lines_of(folder / "places.txt")
    if reasons or forgotten:
        make(shop.target, folder)
        code, said = run(shop, folder, mode)
        assert code in ({1} if forgotten else {1, 2, 3})
        expected = reasons or ["no_originals"]
        assert [each for each in expected if " ".join(each.split()) not in said] == []
        assert run(shop, folder, mode) == (code, said)
        return
    assert run(shop, folder, "drop_create") == (0, "")
    first = things_of(shop.target)
    for _ in range(2):
        assert run(shop, folder, mode) == (0, "")
        assert differences(first, things_of(shop.target)) == []
    assert unexpected(shop.target, folder) == []
