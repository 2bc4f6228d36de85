"""What a command says on stderr while it works, to a person, to a program, and if it is quiet."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from typing import TYPE_CHECKING

import psycopg
import pytest
from e2e.shop import BIN, SALT, Shop

from privaci_dagster.cli.output import counted
from privaci_dagster.cli.progress import _Bar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.e2e
STAGES = ["connecting to the source", "reading the catalog", "planning what happens"]


@pytest.fixture
def shop(source_db: str, target_db: str, tmp_path: Path) -> Shop:
    """Two people."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute("CREATE TABLE person (id int PRIMARY KEY, email text)")
        connection.execute("INSERT INTO person VALUES (1, 'nimue@corp.example'), (2, NULL)")
    return Shop(tmp_path, source_db, target_db)


def at_a_terminal(shop: Shop, *words: str, **environ: str) -> str:
    """What a command writes to a terminal as its stderr."""
    urls = {"SOURCE_DB_URL": shop.source, "TARGET_DB_URL": shop.target, "ANONYMIZATION_SALT": SALT}
    ours, theirs = pty.openpty()
    environment: Mapping[str, str] = {**os.environ, **urls, **environ}
    with subprocess.Popen(
        [BIN / "privaci", *words],
        cwd=shop.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:
                break
            if not part:
                break
            said += part
    os.close(ours)
    assert process.returncode == 0, said.decode()
    return said.decode()


def test_a_person_reads_what_is_happening(shop: Shop) -> None:
    """The first line precedes the imports; each stage follows; --quiet says nothing at all."""
    said = at_a_terminal(shop, "plan")
    places = [said.index(words) for words in ["privaci plan: loading", *STAGES]]
    assert places == sorted(places)
    assert at_a_terminal(shop, "plan", "--quiet") == ""
    assert at_a_terminal(shop, "plan", "--log-level", "warning") == ""


def test_a_pipe_gets_no_notices_unless_it_asks(shop: Shop) -> None:
    """A nightly job mails what is printed; a result is the same with and without."""
    plan, told = shop.privaci("plan"), shop.privaci("plan", "--log-level", "debug")
    assert (plan.stderr, told.stdout) == ("", plan.stdout)
    assert all(words in told.stderr for words in [*STAGES, "connecting to "])


def test_a_run_tells_programs_in_json_and_a_quiet_one_nothing(shop: Shop) -> None:
    """The first event precedes the imports."""
    run = shop.privaci("run", "--source", shop.source, SOURCE_DB_URL="")
    events = [json.loads(line) for line in run.stderr.splitlines()]
    assert events[0]["event"] == "starting"
    doing = [event["what"] for event in events if event["event"] == "doing"]
    assert doing[:3] == [STAGES[0], "connecting to the target", STAGES[1]]
    quiet = shop.privaci("run", "-q")
    assert (quiet.returncode, quiet.stderr) == (0, "")
    assert "1 table, 2 rows, " in quiet.stdout


def test_a_source_without_tables_is_copied(source_db: str, target_db: str, tmp_path: Path) -> None:
    """Its functions are there; keys and checks came before the schema, and failed."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    empty = Shop(tmp_path, source_db, target_db)
    empty.write('version: "1.0"\n')
    run = empty.privaci("run")
    assert run.returncode == 0, run.stderr
    assert "0 tables, 0 rows" in run.stdout
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT one()").fetchone() == (1,)


@pytest.mark.parametrize(
    "command", ["init", "plan", "introspect", "drift", "run", "dry-run", "verify", "snapshot"]
)
def test_every_command_that_reads_a_source_takes_its_url(shop: Shop, command: str) -> None:
    """By the same name; -h is --help everywhere."""
    shown = shop.privaci(command, "-h")
    assert shown.returncode == 0
    assert "--source" in shown.stdout
    assert "-q, --quiet" in shown.stdout


@pytest.mark.parametrize(
    ("words", "offered"), [("privaci dr", "dry-run"), ("privaci drift --st", "--strict")]
)
def test_a_shell_completes_commands_and_options(shop: Shop, words: str, offered: str) -> None:
    """As the script does that --install-completion writes."""
    completing = {"_PRIVACI_COMPLETE": "complete_bash", "COMP_WORDS": words}
    done = shop.privaci(COMP_CWORD=str(words.count(" ")), **completing)
    assert offered in done.stdout.split()


@pytest.mark.parametrize(("colour", "plain"), [("", False), ("1", True)])
def test_no_color_is_heeded(monkeypatch: pytest.MonkeyPatch, colour: str, plain: bool) -> None:  # noqa: FBT001
    """The bar is all that has colours."""
    monkeypatch.setenv("NO_COLOR", colour)
    assert _Bar()._progress.console.no_color is plain


def test_the_bar_names_what_follows_the_rows() -> None:
    """Rows have a time left; indexes and checks have none that would be honest, and no full bar."""
    bar = _Bar()
    (task,) = bar._progress.tasks
    bar(0, "begun", {"to_load": {"public.a": 10, "public.b": 20}})
    for table, octets in (("public.a", 10), ("public.b", 20)):
        assert task.total == 31
        bar(0, "table loaded", {"table": table, "bytes": octets, "seconds": 1.0})
    assert (task.total, task.description) == (None, "building indexes and keys")
    bar(0, "check", {"check": "same_rows"})
    assert task.description.endswith(": same_rows")
    assert not task.finished


def test_one_is_singular() -> None:
    """A thousand has its comma."""
    assert [counted(n, "row") for n in (0, 1, 1000)] == ["0 rows", "1 row", "1,000 rows"]
