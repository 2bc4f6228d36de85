"""Files instead of a target: a scratch database proves the rows, and is gone afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from e2e.shop import BIN, SALT, Shop

from privaci_core.postgres.embedded import running

pytestmark = pytest.mark.e2e
PATIENCE = 120
ALONE = """version: "1.0"
auto_detect: false
tables: {{public.person: {{columns: {{email: {{action: fake, provider: email}}}}}}}}
sink: {{ format: parquet, url: 'file://{folder}/files', instead_of_target: true }}
"""
PEOPLE = """
CREATE TABLE person (id int PRIMARY KEY, email text);
INSERT INTO person SELECT n, 'nimue' || n || '@corp.example' FROM generate_series(1, 100) AS n;
CREATE TABLE note (id int PRIMARY KEY REFERENCES person);
INSERT INTO note VALUES (7);
"""


@pytest.fixture
def shop(source_db: str, tmp_path: Path) -> Shop:
    """A hundred people, and a policy that asks for files alone."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(PEOPLE)
    shop = Shop(tmp_path, source_db, "")
    shop.write(ALONE.format(folder=tmp_path))
    return shop


def published(shop: Shop) -> dict[str, Any]:
    """The newest manifest's tables, by name."""
    folder = shop.folder / "files"
    latest = json.loads((folder / "latest.json").read_text(encoding="utf-8"))
    found = json.loads((folder / latest["manifest"]).read_text(encoding="utf-8"))
    return {each["table"]: (folder / latest["refresh"], each) for each in found["tables"]}


def emails(shop: Shop) -> list[str]:
    """What the files hold of people."""
    folder, table = published(shop)["public.person"]
    frames = [pl.read_parquet(folder / file["name"]) for file in table["files"]]
    found: list[str] = pl.concat(frames).sort("id")["email"].to_list()
    return found


def databases(shop: Shop) -> set[str]:
    """The databases of all scratch servers."""
    found = set()
    for place in (shop.folder / ".privaci" / "postgres").glob("files-*"):
        with running(place) as server, psycopg.connect(server.dsn()) as connection:
            found |= {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
    return found - {"postgres", "template0", "template1"}


def test_a_run_needs_no_target_and_leaves_no_database(shop: Shop) -> None:
    """Every check is asked, and the proof says where."""
    done = shop.json("run")
    assert done["checks"]
    assert all(done["checks"].values())
    found = emails(shop)
    assert len(found) == 100
    assert not any("nimue" in email for email in found)
    assert databases(shop) == set()
    content = json.loads(Path(done["proof"], "proof.json").read_text())["content"]
    assert content["target"]["scratch"] is True
    assert "scratch" in content["target"]["database"]
    again = shop.json("run", "--keep-unchanged")
    assert again["tables"] == {"public.note": 1, "public.person": 100}
    assert emails(shop) == found
    (holds,) = shop.json("verify")
    assert (holds["check"], holds["holds"]) == ("files", True)
    folder, table = published(shop)["public.person"]
    file = folder / table["files"][0]["name"]
    octets = file.read_bytes()
    file.write_bytes(octets[:-9] + bytes([octets[-9] ^ 1]) + octets[-8:])
    spoiled = shop.privaci("verify", ANONYMIZATION_SALT="")
    assert spoiled.returncode == 1
    assert f"public.person: {file.name}: its bytes are not those" in spoiled.stdout
    missing = shop.privaci("resume")
    assert missing.returncode == 2
    assert "no unfinished refresh" in missing.stderr
    assert databases(shop) == set()


@pytest.mark.parametrize("command", [("run",), ("resume",), ("dry-run",), ("run", "--dry-run")])
def test_a_target_beside_it_is_refused(shop: Shop, command: tuple[str, ...]) -> None:
    """Which of the two is meant, a person must say."""
    refused = shop.privaci(*command, TARGET_DB_URL="postgresql://nobody@127.0.0.1:1/x")
    assert refused.returncode == 2
    assert "TARGET_DB_URL names one" in refused.stderr
    assert "Unset TARGET_DB_URL" in refused.stderr


def test_a_sink_that_was_added_has_no_files_yet(shop: Shop) -> None:
    """Nothing was published there: alone that is refused, beside a target it is a note."""
    refused = shop.privaci("verify")
    assert refused.returncode == 2
    assert "no refresh has published files" in refused.stderr


def test_a_sink_that_is_added_after_a_refresh(
    source_db: str, target_db: str, tmp_path: Path
) -> None:
    """Rows of before are verified as they were loaded; files come with the next refresh."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(PEOPLE)
    shop = Shop(tmp_path, source_db, target_db)
    rules = ALONE.format(folder=tmp_path).replace(", instead_of_target: true", "")
    shop.write(rules[: rules.index("sink:")])
    shop.json("run")
    shop.write(f"{rules}on_existing_data: drop_create\n")
    before = {each["check"]: each for each in shop.json("verify")}
    assert all(each["holds"] for each in before.values())
    assert "no refresh has published files" in before["files"]["what_to_do"][0]
    shop.json("run")
    assert shop.json("verify")[-1] == {
        "check": "files",
        "holds": True,
        "found": {},
        "what_to_do": [],
    }
    assert len(emails(shop)) == 100


def test_tables_alone_are_refused(shop: Shop) -> None:
    """They are exchanged in a target that stays."""
    refused = shop.privaci("run", "--tables", "public.person")
    assert refused.returncode == 2
    assert "tables alone" in refused.stderr
    assert "privaci run" in refused.stderr


def test_a_killed_run_is_resumed(shop: Shop) -> None:
    """Its scratch database stays until then, and no longer."""
    process = _started(shop)
    _wait_for_its_tables(shop)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (shop.folder / "files" / "latest.json").exists()
    assert databases(shop) == {"scratch"}
    done = shop.privaci("resume")
    assert done.returncode == 0, done.stderr
    assert len(emails(shop)) == 100
    assert databases(shop) == set()


def _started(shop: Shop) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "SOURCE_DB_URL": shop.source, "ANONYMIZATION_SALT": SALT}
    environ.pop("TARGET_DB_URL", None)
    return subprocess.Popen(
        [BIN / "privaci", "run"], cwd=shop.folder, env=environ, stderr=subprocess.DEVNULL
    )


def _wait_for_its_tables(shop: Shop) -> None:
    """Until a resume would find something."""
    until = time.monotonic() + PATIENCE
    place = shop.folder / ".privaci" / "postgres"
    while "scratch" not in databases(shop):
        assert time.monotonic() < until
        time.sleep(0.05)
    (folder,) = place.glob("files-*")
    with running(folder) as server, psycopg.connect(server.dsn("scratch")) as watcher:
        watcher.autocommit = True
        while not _has_tables(watcher):
            assert time.monotonic() < until
            time.sleep(0.02)


def _has_tables(watcher: psycopg.Connection[Any]) -> bool:
    if watcher.execute("SELECT to_regclass('_privaci.unfinished')").fetchone() == (None,):
        return False
    with suppress(psycopg.errors.UndefinedTable):
        query = "SELECT FROM _privaci.unfinished WHERE has_objects"
        return bool(watcher.execute(query).rowcount)
    return False
