"""The product's own doors: the command line and Dagster's, as a user goes through them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
import pytest
from e2e.commands import BIN, SALT, privaci
from substrate.judge import differences

from privaci_core.demo import POLICY

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

pytestmark = pytest.mark.e2e


def test_help_is_what_it_was(snapshot: SnapshotAssertion) -> None:
    """The words of --help are a contract with scripts and readers."""
    commands = ["", "catalog", "run", "dry-run", "report", "plan", "generate-ci"]
    assert {command: privaci(*command.split(), "--help").stdout for command in commands} == snapshot


def test_help_waits_for_nothing() -> None:
    """Help and the subcommands that need no run import no Dagster; a near word is proposed."""
    light = (
        "files",
        "inspect",
        "snapshot",
        "report",
        "dry_run",
        "ci",
        "verify",
        "baseline",
        "backup",
    )
    imports = "\n".join(f"import privaci_dagster.cli.{name}" for name in light)
    code = f"""import sys
from privaci_dagster.cli import app_for
app_for([])
{imports}
print('dagster' in sys.modules)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    wrong = privaci("reprot")
    assert (wrong.returncode, "Did you mean `report`?" in wrong.stderr) == (2, True)


def test_run_copies_any_two_databases(company_db: str, target_db: str, tmp_path: Path) -> None:
    """`privaci run` needs a policy and two URLs, no lock file and no project."""
    policy = tmp_path / "rules.yaml"
    policy.write_text(POLICY.read_text())
    done = privaci("run", "--config", policy, "--source", company_db, "--target", target_db)
    assert done.returncode == 0, done.stderr
    assert "24 tables" in done.stdout
    with psycopg.connect(target_db) as connection:
        assert connection.execute("SELECT count(*) FROM clinical.patient").fetchone() == (100,)


def test_dagsters_own_command_is_a_whole_refresh(
    company_db: str, target_db: str, tmp_path: Path
) -> None:
    """`dagster asset materialize` over everything copies everything, and exits 0."""
    (tmp_path / "mask-rules.yaml").write_text('version: "1.0"\nauto_detect: false\n')
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    environ = {
        **os.environ,
        "DAGSTER_HOME": str(tmp_path / "home"),
        "SOURCE_DB_URL": company_db,
        "TARGET_DB_URL": target_db,
        "ANONYMIZATION_SALT": SALT,
    }
    introspected = subprocess.run(
        [BIN / "privaci", "introspect"], cwd=tmp_path, env=environ, check=False
    )
    assert introspected.returncode == 0
    command = [BIN / "dagster", "asset", "materialize", "-m", "privaci_dagster.definitions"]
    done = subprocess.run(
        [*command, "--select", "*"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert differences(company_db, target_db) == []


@pytest.mark.parametrize(
    ("policy", "code", "said"),
    [
        ("version: '2.0'\n", 3, "version"),
        ("version: '1.0'\ntables: {public.nobody: {strategy: empty}}\n", 3, "no such table"),
    ],
)
def test_a_wrong_policy_is_told_without_a_traceback(
    company_db: str, target_db: str, tmp_path: Path, policy: str, code: int, said: str
) -> None:
    """A user's mistake ends with its exit code and what to do about it."""
    (tmp_path / "rules.yaml").write_text(policy)
    done = privaci(
        "run", "--config", tmp_path / "rules.yaml", "--source", company_db, "--target", target_db
    )
    assert done.returncode == code
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_salt_that_is_short_is_refused(company_db: str, target_db: str, tmp_path: Path) -> None:
    """No salt, no copy: exit 4, and the salt's text is not repeated."""
    (tmp_path / "rules.yaml").write_text("version: '1.0'\n")
    arguments = (
        "run",
        "--config",
        tmp_path / "rules.yaml",
        "--source",
        company_db,
        "--target",
        target_db,
    )
    done = privaci(*arguments, ANONYMIZATION_SALT="too-short-salt")
    assert done.returncode == 4
    assert "too-short-salt" not in done.stdout + done.stderr


def test_a_salt_that_can_be_guessed_is_refused(
    company_db: str, target_db: str, tmp_path: Path
) -> None:
    """Exit 4, unless that is said; the salt's text is not repeated."""
    (tmp_path / "rules.yaml").write_text("version: '1.0'\n")
    ends = ("--config", tmp_path / "rules.yaml", "--source", company_db, "--target", target_db)
    done = privaci("dry-run", *ends, "--rows", "1", ANONYMIZATION_SALT="swordfish" * 5)
    assert done.returncode == 4
    assert "it can be guessed" in done.stderr
    assert "swordfish" not in done.stdout + done.stderr
    done = privaci(
        "dry-run", *ends, "--rows", "1", "--weak-salt", ANONYMIZATION_SALT="swordfish" * 5
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("predicate", "why"),
    [
        ("true) ) TO '/tmp/x' --", "has no end"),
        ("true) union all select pg_read_file('/etc/passwd') where (true", "leaves its place"),
        ("public.draws(id) > 1", "public.draws, which is volatile"),
    ],
)
def test_a_predicate_with_a_way_out_is_refused(
    source_db: str, tmp_path: Path, predicate: str, why: str
) -> None:
    """By `privaci validate`; with `--source` it asks the catalog what a function is."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute("CREATE TABLE t (id int)")
        source.execute("CREATE FUNCTION draws(int) RETURNS int LANGUAGE sql AS 'SELECT $1'")
    rules = tmp_path / "rules.yaml"
    rules.write_text(f'version: "1.0"\ntables: {{public.t: {{where: "{predicate}"}}}}\n')
    asked = ("--source", source_db) if "draws" in predicate else ()
    done = privaci("validate", "--config", rules, *asked)
    assert done.returncode == 3
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_a_plan_needs_the_source_alone(company_db: str, tmp_path: Path) -> None:
    """It is written for a review, and compared with an earlier one."""
    (tmp_path / "rules.yaml").write_text(POLICY.read_text())
    arguments = ("plan", "--config", tmp_path / "rules.yaml")
    written = privaci(*arguments, "--format", "json", SOURCE_DB_URL=company_db)
    assert written.returncode == 0, written.stderr
    (tmp_path / "plan.json").write_text(written.stdout)
    assert '"fake full_name"' in written.stdout
    compared = privaci(*arguments, "--against", tmp_path / "plan.json", SOURCE_DB_URL=company_db)
    assert compared.stdout == "nothing changed\n"


def test_init_writes_a_policy_that_runs(company_db: str, target_db: str, tmp_path: Path) -> None:
    """An unknown database becomes a masked copy without a written line; no file is overwritten."""
    rules = tmp_path / "rules.yaml"
    arguments = ("init", "--config", rules, "--lock", tmp_path / "lock.json")
    written = privaci(*arguments, SOURCE_DB_URL=company_db)
    assert written.returncode == 0, written.stderr
    assert "email: {action: fake, provider: email}" in rules.read_text()
    assert "      note: {action: ner_mask}" in rules.read_text()
    assert "# url:" in rules.read_text()
    # A partitioned table stands there once, with what was found in its partitions.
    assert rules.read_text().count("client_ip: {action: fake, provider: ip_address}") == 1
    again = privaci(*arguments, SOURCE_DB_URL=company_db)
    assert (again.returncode, "exists already" in again.stderr) == (2, True)
    arguments = ("run", "--config", rules, "--source", company_db, "--target", target_db)
    run = privaci(*arguments)
    assert run.returncode == 0, run.stderr
    with psycopg.connect(company_db) as source, psycopg.connect(target_db) as target:
        for query in (
            "SELECT email::text FROM clinical.patient",
            "SELECT full_name FROM public.app_user",
        ):
            before = {row[0] for row in source.execute(query)} - {None, ""}
            assert not before & {row[0] for row in target.execute(query)}


def test_verify_proves_a_copy_again(company_db: str, target_db: str, tmp_path: Path) -> None:
    """All checks hold after a run; a value that is put back is found, by its column alone."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(POLICY.read_text())
    arguments = ("--config", rules, "--source", company_db, "--target", target_db)
    home = tmp_path / "home"
    assert privaci("run", *arguments, "--dagster-home", str(home)).returncode == 0
    (proof,) = home.glob("privaci/proofs/*/proof.html")
    alone = ("verify", "--target-only", str(proof), "--target", target_db)
    proved = privaci(*alone)
    assert (proved.returncode, proved.stdout.count("holds")) == (0, 3), (
        proved.stdout + proved.stderr
    )
    whole = privaci("verify", *arguments)
    assert (whole.returncode, whole.stdout.count("holds")) == (0, 4), whole.stdout + whole.stderr
    with (
        psycopg.connect(company_db) as source,
        psycopg.connect(target_db, autocommit=True) as target,
    ):
        query = "SELECT id, email FROM clinical.patient WHERE email <> '' ORDER BY id LIMIT 1"
        number, email = source.execute(query).fetchone() or (0, "")
        target.execute("UPDATE clinical.patient SET email = %s WHERE id = %s", [email, number])
    spoiled = privaci("verify", *arguments, "--format", "json")
    assert spoiled.returncode == 1
    found = {
        verdict["check"]: verdict["found"]
        for verdict in json.loads(spoiled.stdout)
        if not verdict["holds"]
    }
    # The update fired a trigger of the target, which wrote a line.
    assert found["rows_are_masked"] == {
        "audit_internal.change_log": "3 rows where 2 were loaded",
        "clinical.patient": "values differ in email",
    }
    assert "clinical.patient.email" in found["no_originals"]
    assert email not in spoiled.stdout
    differs = privaci(*alone)
    assert differs.returncode == 1
    assert (
        "clinical.patient does not hold what was proved: values differ in email" in differs.stdout
    )
    with psycopg.connect(target_db, autocommit=True) as target:
        target.execute("CREATE SCHEMA IF NOT EXISTS _privaci")
        target.execute(
            "CREATE TABLE _privaci.unfinished (refresh text,"
            " fingerprint text, run text, has_objects bool, ledger_key bytea)"
        )
        target.execute("INSERT INTO _privaci.unfinished VALUES ('r', 'f', 'n', true, '')")
    broken = privaci("verify", *arguments)
    assert (broken.returncode, "stopped before it was published" in broken.stderr) == (2, True)


def test_drift_is_told_and_has_its_own_exit_code(company_db: str, tmp_path: Path) -> None:
    """As text and as JSON; none is 0."""
    lock, rules = tmp_path / "lock.json", tmp_path / "rules.yaml"
    rules.write_text(POLICY.read_text())
    assert privaci("introspect", "--lock", lock, SOURCE_DB_URL=company_db).returncode == 0
    arguments = ("drift", "--config", rules, "--lock", lock)
    same = privaci(*arguments, SOURCE_DB_URL=company_db)
    assert (same.returncode, "the source matches it" in same.stdout) == (0, True), same.stderr
    with psycopg.connect(company_db, autocommit=True) as connection:
        connection.execute("ALTER TABLE public.team ADD COLUMN remarks text")
    told = privaci(*arguments, SOURCE_DB_URL=company_db)
    assert (told.returncode, "added public.team.remarks" in told.stdout) == (6, True)
    (change,) = json.loads(privaci(*arguments, "--format", "json", SOURCE_DB_URL=company_db).stdout)
    assert (change["kind"], change["blocks"]) == ("added", True)


def test_the_schema_of_a_policy_is_printed() -> None:
    """Editors complete by it."""
    done = privaci("schema", "config")
    assert done.returncode == 0
    assert "tables" in json.loads(done.stdout)["properties"]
