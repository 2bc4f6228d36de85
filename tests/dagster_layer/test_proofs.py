"""The audit trail and the proof of a refresh: what they say, and that a change is found."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import polars as pl
import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dagster_layer.runs import NOTHING_MASKED, project_in, refresh

from privaci_core.errors import PreflightError
from privaci_core.postgres.session import session
from privaci_core.prove.checks import CHECK_NAMED
from privaci_core.prove.definitions import object_differences
from privaci_core.prove.document import (
    DOCUMENT,
    FOLDER_VARIABLE,
    PAGE,
    TRAIL,
    document_of,
    private_key,
    public_key,
    verified,
)
from privaci_core.prove.page import document_in, page_of
from privaci_core.prove.target_only import verify_target
from privaci_core.target.ledger_store import stored_ledgers
from privaci_core.target.trail_digest import trail_differences
from privaci_dagster.cli.refresh_job import left_out_of
from privaci_dagster.failures import first_failure
from privaci_dagster.project import KEY_VARIABLE, proofs_in

if TYPE_CHECKING:
    from pathlib import Path

    from privaci_dagster.project import Project

pytestmark = pytest.mark.dagster

TABLES = """
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, note text);
INSERT INTO person SELECT n, 'secret' || n || '@corp.example', 'nothing'
FROM generate_series(1, 50) AS n;
CREATE TABLE visit (id int PRIMARY KEY, person int REFERENCES person);
INSERT INTO visit SELECT n, n FROM generate_series(1, 50) AS n;
CREATE TABLE skipped (id int);
"""
RULES = """tables:
  public.skipped: {strategy: empty}
  public.person: {columns: {email: {action: hash}}}
"""
TRAIL_ROWS = """
SELECT event, relation, column_name, rule, rows FROM _privaci.audit_log
ORDER BY at, event, relation, rule
"""
RUNS = """
SELECT run_id, status, length(config_hash), length(salt_fingerprint), length(source_db_hash)
FROM _privaci.runs
"""


@pytest.fixture
def source(source_db: str) -> str:
    """Fifty people and their visits."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLES)
    return source_db


@pytest.fixture
def key() -> Ed25519PrivateKey:
    """A key that signs."""
    return Ed25519PrivateKey.generate()


def pem_of(key: Ed25519PrivateKey) -> bytes:
    """A private key in PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem_of(key: Ed25519PrivateKey) -> bytes:
    """The public half of a key."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def project_of(source: str, target: str, folder: Path, more: str = "") -> Project:
    """A project that masks one column."""
    return project_in(folder, source, target, NOTHING_MASKED + more + RULES)


def kept_of(instance: Any, result: Any) -> Path:
    """Where the proof of a run's refresh is."""
    return proofs_in(instance.root_directory, os.environ) / result.run_id


def content_in(folder: Path) -> dict[str, Any]:
    """The content of the proof in a folder."""
    found: dict[str, Any] = json.loads((folder / DOCUMENT).read_bytes())["content"]
    return found


def test_the_trail_says_what_was_done(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each table, masked column and check, and the publication; as rows and as Parquet."""
    result = refresh(project_of(source, target_db, tmp_path), instance, monkeypatch)
    assert result.success, first_failure(result)
    with psycopg.connect(target_db) as target:
        rows = target.execute(TRAIL_ROWS).fetchall()
        who = target.execute(
            "SELECT DISTINCT refresh, run, who <> '' FROM _privaci.audit_log"
        ).fetchall()
        assert target.execute("SELECT to_regclass('_privaci.unfinished')").fetchone() == (None,)
        runs = target.execute(RUNS).fetchall()
    assert rows[0] == ("begun", "", "", "", None)
    assert ("table loaded", "public.person", "", "", 50) in rows
    assert ("table loaded", "public.skipped", "", "", 0) in rows
    assert [row for row in rows if row[0] == "column masked"] == [
        ("column masked", "public.person", "email", "hash", 50)
    ]
    assert len([row for row in rows if row[0] == "check"]) == 5
    assert rows[-1][0] == "published"
    assert who == [(result.run_id, result.run_id, True)]
    assert runs == [(result.run_id, "succeeded", 64, 16, 64)]
    kept = pl.read_parquet(kept_of(instance, result) / TRAIL)
    assert kept.height == len(rows)
    assert "secret" not in str(kept.to_dicts())


def test_the_trail_is_added_to_and_never_changed(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every kind of refresh keeps earlier entries; UPDATE, DELETE and TRUNCATE are refused."""
    runs = []
    for mode in ("fail", "drop_create", "truncate", "swap"):
        result = refresh(
            project_of(source, target_db, tmp_path, f"on_existing_data: {mode}\n"),
            instance,
            monkeypatch,
        )
        assert result.success, first_failure(result)
        runs.append(result.run_id)
    contents = [content_in(proofs_in(instance.root_directory, os.environ) / run) for run in runs]
    with session(target_db, autocommit=True) as target:
        assert [trail_differences(target, content) for content in contents] == [{}] * 4
        key = stored_ledgers(target).keys[runs[-1]]
        assert object_differences(contents[-1]["objects"], target, key) == {}
        target.execute("COMMENT ON TABLE public.visit IS 'another'")
        assert object_differences(contents[-1]["objects"], target, key) == {
            "comment table public.visit": "was not there when the copy was proved"
        }
    counts = [content["trail"]["entries"] for content in contents]
    assert counts == sorted(set(counts))
    with psycopg.connect(target_db, autocommit=True) as target:
        assert target.execute("SELECT count(*) FROM _privaci.audit_log").fetchone() == (counts[-1],)
        found = target.execute(
            "SELECT refresh FROM _privaci.audit_log WHERE event = 'published' ORDER BY at"
        )
        assert [name for (name,) in found] == runs
        for spoil in (
            "UPDATE _privaci.audit_log SET who = ''",
            "DELETE FROM _privaci.audit_log",
            "TRUNCATE _privaci.audit_log",
        ):
            with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                target.execute(spoil)


def test_orphans_that_were_left_out_are_counted(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By table, in the proof, on its page and in what Dagster shows; the rest is proved."""
    project = project_in(
        tmp_path,
        source,
        target_db,
        f"{NOTHING_MASKED}orphan_rows: drop\ntables: {{public.person: {{where: id > 20}}}}\n",
    )
    result = refresh(project, instance, monkeypatch)
    assert result.success, first_failure(result)
    assert left_out_of(result) == {"public.visit": 20}
    folder = kept_of(instance, result)
    content = content_in(folder)
    tables = {table["name"]: table for table in content["tables"]}
    assert (tables["public.visit"]["rows"], tables["public.visit"]["left_out"]) == (30, 20)
    assert "left_out" not in tables["public.person"]
    assert "TABLE public.visit: 20 rows that refer to no row are left out" in content["notes"]
    assert "30 rows, 20 left out that refer to no row" in (folder / PAGE).read_text()
    assert {
        name for name, found in verify_target(target_db, content).items() if found.wrong
    } == set()


def test_no_trail_where_the_policy_wants_none(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target has no table for it, and the proof no Parquet file."""
    result = refresh(
        project_of(source, target_db, tmp_path, "audit_log: false\n"), instance, monkeypatch
    )
    assert result.success, first_failure(result)
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT to_regclass('_privaci.audit_log')").fetchone() == (None,)
    folder = kept_of(instance, result)
    assert [path.name for path in sorted(folder.iterdir())] == [PAGE, DOCUMENT]
    assert "trail" not in content_in(folder)


def test_a_target_that_is_the_source_of_another(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trail of the first copy is not part of the second."""
    assert refresh(project_of(source, target_db, tmp_path), instance, monkeypatch).success
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("DROP TABLE visit, person, skipped")
    result = refresh(project_in(tmp_path, target_db, source), instance, monkeypatch)
    assert result.success, first_failure(result)
    with psycopg.connect(source) as connection:
        assert connection.execute("SELECT DISTINCT refresh FROM _privaci.audit_log").fetchall() == [
            (result.run_id,)
        ]


def test_the_proof_is_signed_and_holds(
    source: str,
    target_db: str,
    tmp_path: Path,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    key: Ed25519PrivateKey,
) -> None:
    """Its counts are the refresh's, its page holds it, and its signature is the key's."""
    (tmp_path / "key.pem").write_bytes(pem_of(key))
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "key.pem"))
    result = refresh(project_of(source, target_db, tmp_path), instance, monkeypatch)
    assert result.success, first_failure(result)
    folder = kept_of(instance, result)
    document = json.loads((folder / DOCUMENT).read_text())
    content = document["content"]
    assert content["totals"]["rows"] == 100
    assert content["totals"]["masked_columns"] == 1
    assert content["drift"] == []
    facts = {(line["table"], line["column"]): line for line in content["columns"]}
    assert facts["public.person", "email"]["kind"] == "email"
    assert facts["public.person", "note"]["copied_because"] == "not_examined"
    asked = CHECK_NAMED.keys() - {"k_anonymity", "subset_is_closed"}
    assert {check["name"]: check["passed"] for check in content["checks"]} == dict.fromkeys(
        asked, True
    )
    assert verified(document, public_key(public_pem_of(key))).signed_by
    assert document_in((folder / PAGE).read_text()) == document
    stored = (folder / DOCUMENT).read_text() + (folder / PAGE).read_text()
    assert "secret1@" not in stored
    assert not [
        value
        for value in project_of(source, target_db, tmp_path).environ.values()
        if value in stored
    ]
    (published,) = result.asset_materializations_for_node("target__published")
    assert published.metadata["digest"].value == document["sha256"]
    assert "public.person" in published.metadata["where the time went"].value


def test_what_was_changed_is_seen(key: Ed25519PrivateKey) -> None:
    """In the content, the digest, the signature or the key; an unsigned proof is named so."""
    content = {"refresh": "one", "checks": []}
    signed, unsigned = document_of(content, key), document_of(content, None)
    trusted, other = (
        public_key(public_pem_of(key)),
        public_key(public_pem_of(Ed25519PrivateKey.generate())),
    )
    assert verified(signed, trusted).holds
    assert verified(signed, None).signed_by == verified(signed, trusted).signed_by
    assert verified(unsigned, None).holds
    assert "not signed" in verified(unsigned, trusted).why_not
    assert "another key" in verified(signed, other).why_not
    changed = {**signed, "content": {**signed["content"], "refresh": "two"}}
    assert "was changed" in verified(changed, trusted).why_not
    forged = {**document_of({"refresh": "two"}, None), "signature": signed["signature"]}
    assert "does not match its content" in verified(forged, trusted).why_not
    assert "not a proof" in verified({}, None).why_not
    assert "not a proof" in verified({**signed, "signature": {"public_key": "?"}}, None).why_not


def test_an_edited_page_is_refused(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is drawn again from its document; an edited one differs and is refused."""
    result = refresh(project_of(source, target_db, tmp_path), instance, monkeypatch)
    page = (kept_of(instance, result) / PAGE).read_text()
    assert document_in(page) is not None
    assert document_in(page.replace("every blocking check passed", "all is well")) is None
    assert document_in("<html></html>") is None
    for held in ("{}", "[]", "7", '{"content": {"checks": [7]}}', "no JSON"):
        assert document_in(f'<script type="application/json" id="proof">{held}</script>') is None


def test_a_page_quotes_what_it_shows() -> None:
    """A name in the database may look like HTML; it stays a name."""
    line = {
        "table": "public.<b>",
        "column": "</script><script>",
        "type": "text",
        "action": "hash",
        "reason": "rule",
    }
    totals = {"tables": 1, "rows": 0, "bytes": 0, "seconds": 0, "masked_columns": 1}
    content = {
        "refresh": "r", "run": "r", "who": "w", "begun": "b", "published": "p", "version": "0",
        "source": {"database": "s", "server": 150000}, "target": {"database": "t"},
        "totals": totals, "fingerprints": {},
        "tables": [], "checks": [], "columns": [line], "notes": ["<i>"],
    }  # fmt: skip
    page = page_of(document_of(content, None))
    assert "<b>" not in page.replace("<b>0", "").replace("<b>1", "")
    assert page.count("<script") == 1
    assert document_in(page) is not None


@pytest.mark.parametrize("pem", [b"no key", b""])
def test_a_file_that_is_not_a_key_is_refused(pem: bytes) -> None:
    """Before anything is signed; the message does not quote the file."""
    with pytest.raises(PreflightError, match="openssl genpkey"):
        private_key(pem)
    with pytest.raises(PreflightError, match="Ed25519"):
        public_key(pem)


def test_a_folder_that_takes_no_proof_ends_the_run_before_its_first_step(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A published copy without its proof would be worse than none."""
    (tmp_path / "a file").write_text("")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "a file" / "proofs"))
    failure = first_failure(refresh(project_of(source, target_db, tmp_path), instance, monkeypatch))
    assert failure is not None
    assert "PRIVACI_PROOFS" in failure.message
    assert failure.exit_code == 2
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT to_regclass('public.person')").fetchone() == (None,)


def test_a_key_is_read_before_anything_is_loaded(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh that could not be signed at its end does not begin."""
    monkeypatch.setenv(KEY_VARIABLE, "nothing that is a key")
    result = refresh(project_of(source, target_db, tmp_path), instance, monkeypatch)
    failure = first_failure(result)
    assert failure is not None
    assert "private key for proofs" in failure.message
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT to_regclass('public.person')").fetchone() == (None,)
