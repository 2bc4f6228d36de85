"""Subcommands beside the refresh: what they print for people and for programs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from e2e.shop import BIN, RULES, SALT, Shop

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.e2e

PEOPLE = """
CREATE TABLE person (id int PRIMARY KEY, email text, born date);
INSERT INTO person SELECT n, 'nimue' || n || '@corp.example', date '1980-01-01' + n
    FROM generate_series(1, 3000) AS n;
CREATE TABLE visit (id int PRIMARY KEY, person int REFERENCES person);
INSERT INTO visit SELECT n, n FROM generate_series(1, 40) AS n;
COMMENT ON TABLE visit IS 'when somebody came';
ANALYZE;
"""


@pytest.fixture
def shop(source_db: str, target_db: str, tmp_path: Path) -> Shop:
    """Three thousand people and their visits."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(PEOPLE)
    return Shop(tmp_path, source_db, target_db)


def keys_in(folder: Path) -> tuple[Path, Path]:
    """A new pair of keys, as openssl writes them: the private and the public one."""
    key = Ed25519PrivateKey.generate()
    private, public = folder / f"{uuid.uuid4()}.pem", folder / f"{uuid.uuid4()}.pub"
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    public.write_bytes(
        key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return private, public


def test_a_dry_run_masks_and_writes_nothing(shop: Shop) -> None:
    """Rows of every table are masked; the target stays empty; the report holds no value."""
    found = shop.json("dry-run", "--rows", "100", "--report", "would.md")
    tables = {each["table"]: each for each in found["tables"]}
    assert tables["public.person"]["read_rows"] == 100
    assert tables["public.person"]["rows"] == 3000
    assert tables["public.visit"]["rows"] == tables["public.visit"]["read_rows"] == 40
    assert found["masked_columns"] == 1
    assert "holds no rows" in found["target"][0]
    report = (shop.folder / "would.md").read_text()
    assert "| public.person | email | text | fake email |" in report
    assert "nimue" not in report + json.dumps(found)
    with psycopg.connect(shop.target) as target:
        assert target.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone() == (0,)
    said = shop.privaci("dry-run").stdout
    assert "2 tables, 3,040 rows, 1 masked column:" in said
    assert max(map(len, said.splitlines())) <= 100


@pytest.mark.parametrize("mode", ["fail", "truncate", "drop_create", "swap"])
def test_a_dry_run_says_what_would_happen_to_the_target(shop: Shop, mode: str) -> None:
    """Rows that stand there are counted by their tables, and stay."""
    (shop.folder / "mask-rules.yaml").write_text(RULES.replace("drop_create", mode))
    with psycopg.connect(shop.target, autocommit=True) as target:
        target.execute("CREATE TABLE mine AS SELECT 1 AS n")
    done = shop.privaci("dry-run")
    assert done.returncode == 0, done.stderr
    assert "1 table with rows: " in done.stdout
    assert f"on_existing_data: {mode}" in done.stdout
    with psycopg.connect(shop.target) as target:
        assert target.execute("SELECT n FROM mine").fetchone() == (1,)


def test_a_dry_run_finds_what_would_fail(shop: Shop) -> None:
    """The source as its own target is refused, as in a run; without a target a note says so."""
    assert "the source database itself" in shop.privaci("dry-run", TARGET_DB_URL=shop.source).stderr
    without = shop.privaci("dry-run", TARGET_DB_URL="")
    assert "no target was named" in without.stdout


def test_a_run_tells_programs_what_it_did(shop: Shop, dagster_home: Path) -> None:
    """The result is JSON on stdout, each step a line of JSON on stderr; neither holds a value."""
    done = shop.privaci("run", "--format", "json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["tables"] == {"public.person": 3000, "public.visit": 40}
    assert set(result["checks"].values()) == {True}
    assert (Path(result["proof"]) / "proof.html").exists()
    events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    loaded = {event["table"]: event["rows"] for event in events if event["event"] == "table loaded"}
    assert loaded == result["tables"]
    told = [event["event"] for event in events]
    assert (told[0], "begun" in told, "doing" in told) == ("starting", True, True)
    assert len([event for event in events if event["event"] == "check"]) == 5
    assert "nimue" not in done.stdout + done.stderr
    assert str(dagster_home) in result["proof"]
    again = shop.privaci("run", "--keep-unchanged", "--log-format", "none")
    assert (again.returncode, again.stderr) == (0, "")


def test_a_run_names_the_columns_to_review(shop: Shop) -> None:
    """Each with what it seems to hold and why; the fourth and later ones are counted."""
    # Text that people write is not masked by itself: a person decides.
    shop.write('version: "1.0"\non_existing_data: drop_create\n')
    columns = ("note", "comment", "message", "remarks", "feedback")
    with psycopg.connect(shop.source, autocommit=True) as source:
        for column in columns:
            source.execute(f"ALTER TABLE visit ADD COLUMN {column} text")  # type: ignore[arg-type]
    found = shop.json("run")["suspected_columns"]
    done = shop.privaci("run")
    assert done.returncode == 0, done.stderr
    assert f"{found} unlisted columns look personal and are copied unmasked:" in done.stdout
    assert found >= len(columns)
    assert "  public.visit.note (free text: " in done.stdout
    assert f"  and {found - 3} more: `privaci plan` lists all" in done.stdout


def test_a_run_names_the_folder_that_it_keeps_its_notes_in(shop: Shop) -> None:
    """Without DAGSTER_HOME it is in the working folder, and stores no output of steps."""
    done = shop.privaci("run", DAGSTER_HOME="")
    assert done.returncode == 0, done.stderr
    home = shop.folder / ".privaci" / "dagster"
    assert str(home) in done.stdout
    instance = yaml.safe_load((home / "dagster.yaml").read_text())
    assert instance["telemetry"] == {"enabled": False}
    assert instance["compute_logs"]["class"] == "NoOpComputeLogManager"
    named = shop.privaci("run", "--dagster-home", shop.folder / "elsewhere", DAGSTER_HOME="")
    assert str(shop.folder / "elsewhere") in named.stdout


def test_a_proof_is_handed_out_signed_and_verified(shop: Shop) -> None:
    """The last one is signed into a folder; an edited page, a wrong key, no proof are refused."""
    (private, public), (_, strange) = keys_in(shop.folder), keys_in(shop.folder)
    nothing = shop.privaci("report")
    assert (nothing.returncode, "holds no such proof" in nothing.stderr) == (2, True)
    run = shop.json("run")
    shown = shop.privaci("report", "--out", "proof", "--key", private)
    assert shown.returncode == 0, shown.stderr
    assert "no_originals: passed" in shown.stdout
    assert re.search(r"originals  [\d,]+ of [\d,]+ searched \([\d.]+ %\), in all of", shown.stdout)
    files = sorted(path.name for path in (shop.folder / "proof").iterdir())
    assert files == ["audit.parquet", "proof.html", "proof.json"]
    for name in ("proof.json", "proof.html"):
        verified = shop.privaci("report", "--verify", Path("proof") / name, "--public-key", public)
        assert (verified.returncode, "which you trust" in verified.stdout) == (0, True), (
            verified.stdout
        )
    other = shop.privaci(
        "report", "--verify", "proof/proof.json", "--public-key", strange, "--format", "json"
    )
    assert (other.returncode, json.loads(other.stdout)["holds"]) == (1, False)
    page = shop.folder / "proof" / "proof.html"
    page.write_text(page.read_text().replace("3,000 rows", "4,000 rows"))
    assert "was edited" in shop.privaci("report", "--verify", page).stderr
    document = json.loads((shop.folder / "proof" / "proof.json").read_text())
    document["content"]["totals"]["rows"] = 1
    (shop.folder / "changed.json").write_text(json.dumps(document))
    changed = shop.privaci("report", "--verify", "changed.json")
    assert (changed.returncode, "NOT valid" in changed.stdout) == (1, True)
    assert shop.json("report", run["run"][:8])["content"]["run"] == run["run"]
    (kept,) = (each for each in shop.folder.rglob("proof.json") if "proofs" in each.parts)
    kept.write_bytes(kept.read_bytes().replace(b'"passed": true', b'"passed": false'))
    resigned = shop.privaci("report", "--out", "again", "--key", private)
    assert (resigned.returncode, "it was changed" in resigned.stderr) == (2, True)
    assert not (shop.folder / "again").exists()
    assert "No such file" in shop.privaci("report", "--verify", "nowhere.json").stderr


def test_the_catalog_is_shown(shop: Shop) -> None:
    """Tables with sizes and keys, one with its columns; a name that is near is proposed."""
    found = {each["name"]: each for each in shop.json("catalog", "inspect")}
    assert found["public.visit"]["references"] == ["(person) -> public.person(id)"]
    assert found["public.person"]["columns"] == {"id": "integer", "email": "text", "born": "date"}
    assert found["public.person"]["rows"] == 3000
    assert found["public.visit"]["comment"] == "when somebody came"
    one = shop.privaci("catalog", "inspect", "public.person")
    assert re.search(r"email +text", one.stdout)
    wrong = shop.privaci("catalog", "inspect", "public.persn")
    assert (wrong.returncode, "`public.person`" in wrong.stderr) == (2, True)


@pytest.mark.parametrize(
    ("kind", "at"),
    [
        ("github", ["jobs", "masked-copy", "steps"]),
        ("gitlab", ["masked-copy", "script"]),
        ("kubernetes", ["spec", "jobTemplate", "spec", "template", "spec", "containers"]),
    ],
)
def test_a_pipeline_is_generated(shop: Shop, kind: str, at: Sequence[str]) -> None:
    """It is YAML with the steps in their place, and its commands are ours."""
    assert shop.privaci("introspect").returncode == 0
    written = shop.privaci("generate-ci", kind, "--out", "pipeline.yaml")
    assert written.returncode == 0, written.stderr
    found = yaml.safe_load((shop.folder / "pipeline.yaml").read_text())
    for key in at:
        found = found[key]
    text = json.dumps(found)
    assert "privaci drift" in text
    assert "dagster job execute -m privaci_dagster.definitions -j refresh" in text
    assert (
        shop.privaci("generate-ci", kind, "--out", "-").stdout
        == (shop.folder / "pipeline.yaml").read_text()
    )
    assert shop.privaci("generate-ci", kind, "--out", "pipeline.yaml").returncode == 2


def test_a_branch_gets_no_secret(shop: Shop) -> None:
    """Pull and merge requests check the policy; the copy is made where nobody else can write."""
    assert shop.privaci("introspect").returncode == 0
    made = {
        kind: yaml.safe_load(shop.privaci("generate-ci", kind, "--out", "-").stdout)
        for kind in ("github", "gitlab")
    }
    jobs = made["github"]["jobs"]
    assert jobs["policy"]["if"] == "github.event_name == 'pull_request'"
    assert "secrets." not in json.dumps(jobs["policy"])
    assert jobs["masked-copy"]["if"] == "github.event_name != 'pull_request'"
    assert jobs["masked-copy"]["environment"] == "masked-copy"
    assert {"pull_request_target", "push"} & {*made["github"][True]} == set()
    rules = made["gitlab"]["masked-copy"]["rules"]
    assert rules == [
        {"if": '$CI_PIPELINE_SOURCE == "merge_request_event"', "when": "never"},
        {"if": '$CI_COMMIT_REF_PROTECTED == "true"'},
    ]


def test_a_run_heeds_the_lock_file_beside_its_policy(shop: Shop) -> None:
    """What nobody has reviewed ends it with 6; without a lock file it copies what is there."""
    assert shop.privaci("introspect").returncode == 0
    with psycopg.connect(shop.source, autocommit=True) as source:
        source.execute("CREATE TABLE badge (id int PRIMARY KEY)")
    told = shop.privaci("drift")
    assert (told.returncode, "to review" in told.stdout) == (6, True)
    run = shop.privaci("run")
    assert run.returncode == 6
    assert "added public.badge" in run.stderr
    named = shop.privaci("run", "--lock", "no-such.json")
    assert (named.returncode, "no-such.json" in named.stderr) == (2, True)
    (shop.folder / "privaci.lock.json").unlink()
    assert shop.privaci("run").returncode == 0


def test_an_unknown_column_is_found_by_the_command_that_is_named(shop: Shop) -> None:
    """A run sent people to one that called the same file valid."""
    shop.write(RULES.replace("email:", "emial:"))
    run = shop.privaci("run", "--log-format", "none")
    asked = re.search(r"`privaci (validate --source \S+)`", run.stderr)
    assert (run.returncode, "Did you mean `email`?" in run.stderr) == (3, True), run.stderr
    assert asked is not None
    command, option, variable = asked[1].split()
    assert variable == '"$SOURCE_DB_URL"'
    found = shop.privaci(command, option, shop.source)
    assert (found.returncode, "Did you mean `email`?" in found.stderr) == (3, True)


def test_a_change_that_needs_no_review_is_a_note(shop: Shop) -> None:
    """`privaci drift` exits with 0, and with 6 if it is to be strict."""
    assert shop.privaci("introspect").returncode == 0
    with psycopg.connect(shop.source, autocommit=True) as source:
        source.execute("ALTER TABLE visit ADD COLUMN counted int")
    told = shop.privaci("drift")
    assert (told.returncode, "changed, and stops nothing:" in told.stdout) == (0, True)
    assert "added public.visit.counted" in told.stdout
    assert shop.privaci("drift", "--strict").returncode == 6


def test_the_lines_of_a_pipeline_run(shop: Shop, dagster_home: Path) -> None:
    """The GitLab pipeline, run here after its installation: a proved copy, a proof in a folder."""
    assert shop.privaci("introspect").returncode == 0
    script = yaml.safe_load(shop.privaci("generate-ci", "gitlab", "--out", "-").stdout)[
        "masked-copy"
    ]["script"]
    assert script[0].startswith("pip install")
    urls = {"SOURCE_DB_URL": shop.source, "TARGET_DB_URL": shop.target, "ANONYMIZATION_SALT": SALT}
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-ec", "\n".join(script[1:])],  # noqa: S607
        cwd=shop.folder,
        env={**os.environ, **urls, "DAGSTER_HOME": str(dagster_home), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (shop.folder / "proof" / "proof.html").exists()
    with psycopg.connect(shop.target) as target:
        query = "SELECT count(*) FROM person WHERE email NOT LIKE 'nimue%@corp.example'"
        assert target.execute(query).fetchone() == (3000,)


def test_a_snapshot_is_held_for_other_processes(shop: Shop) -> None:
    """A run with the snapshot's name copies its rows, not later ones; a stale name is refused."""
    environ = {**os.environ, "SOURCE_DB_URL": shop.source}
    with subprocess.Popen(
        [BIN / "privaci", "snapshot"], stdout=subprocess.PIPE, text=True, env=environ
    ) as holder:
        assert holder.stdout is not None
        try:
            snapshot = holder.stdout.readline().strip()
            with psycopg.connect(shop.source, autocommit=True) as source:
                source.execute("INSERT INTO visit VALUES (41, 1)")
            done = shop.privaci("run", "--format", "json", PRIVACI_SNAPSHOT=snapshot)
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["tables"]["public.visit"] == 40
            holder.send_signal(signal.SIGINT)
            # It has nothing left to do: no limit but the test's own.
            assert holder.wait() == 0
        finally:
            holder.kill()
    stale = shop.privaci("run", PRIVACI_SNAPSHOT=snapshot)
    assert stale.returncode == 2
    assert "ended with the session that held it" in stale.stderr
    assert "privaci snapshot" in stale.stderr


def test_every_result_is_there_for_programs(shop: Shop) -> None:
    """The smaller commands as well."""
    assert shop.json("validate")["rules"] == 1
    assert shop.json("introspect")["tables"] == 2
    assert len(shop.json("gen-salt")["salt"]) >= 32
    assert shop.json("drift") == []
    assert {line["column"] for line in shop.json("plan")} == {"id", "email", "born", "person"}
    made = shop.json("init", "--config", "made.yaml", "--lock", "made.json")
    assert made["masked_columns"] >= 1


def test_a_folder_that_was_named_keeps_the_proofs(shop: Shop) -> None:
    """The run says where its proof is, and the report finds it there."""
    run = shop.privaci(
        "run",
        "--format",
        "json",
        "--log-format",
        "none",
        PRIVACI_PROOFS=str(shop.folder / "proofs"),
    )
    assert run.returncode == 0, run.stderr
    proof = Path(json.loads(run.stdout)["proof"])
    assert (proof.parent, (proof / "proof.html").exists()) == (shop.folder / "proofs", True)
    shown = shop.privaci("report", PRIVACI_PROOFS=str(shop.folder / "proofs"))
    assert str(proof / "proof.html") in shown.stdout


def test_a_store_that_was_named_gets_the_proofs(shop: Shop) -> None:
    """The report reads them there, and writes one, signed by nobody, into another store."""
    kept, out = shop.folder / "in-store", shop.folder / "handed-out"
    place = {"PRIVACI_PROOFS": kept.as_uri()}
    run = shop.privaci("run", "--format", "json", "--log-format", "none", **place)
    assert run.returncode == 0, run.stderr
    refresh = Path(json.loads(run.stdout)["proof"]).name
    names = {"proof.json", "proof.html", "audit.parquet"}
    assert {path.name for path in (kept / refresh).iterdir()} == names
    elsewhere = {**place, "DAGSTER_HOME": str(shop.folder / "another-home")}
    shown = shop.privaci("report", "--out", out.as_uri(), **elsewhere)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert f"{out.as_uri()}/proof.html" in shown.stdout
    assert {path.name for path in (out / refresh).iterdir()} == names
    assert (out / refresh / "proof.json").read_bytes() == (
        kept / refresh / "proof.json"
    ).read_bytes()
    missing = shop.privaci("report", "no-such-refresh", **elsewhere)
    assert missing.returncode == 2
    assert "it holds no such proof" in missing.stderr


def test_verify_says_that_the_source_has_another_shape(shop: Shop) -> None:
    """What the checks find follows from it, and none of them names it."""
    assert shop.privaci("introspect").returncode == 0
    assert shop.privaci("run").returncode == 0
    with psycopg.connect(shop.source, autocommit=True) as connection:
        connection.execute("ALTER TABLE visit ADD COLUMN room text")
    done = shop.privaci("verify")
    assert done.returncode == 1
    told = "the source's schema is not that of privaci.lock.json (1 change): `privaci drift` names"
    assert told in done.stderr
