"""The commands and options that PrivaCI's users know do here what they do there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psycopg
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from e2e.shop import Shop

from privaci_core.policy.signed_pack import sign_pack

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e


@pytest.fixture
def shop(source_db: str, target_db: str, tmp_path: Path) -> Shop:
    """Two people."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute("CREATE TABLE person (id int PRIMARY KEY, email text)")
        source.execute("INSERT INTO person VALUES (1, 'nimue@corp.example'), (2, NULL)")
    return Shop(tmp_path, source_db, target_db)


def test_drift_is_detected_and_accepted(shop: Shop) -> None:
    """Exit 6, or 0 with `--accept-drift`; the target's URL is taken and not needed."""
    assert shop.privaci("introspect").returncode == 0
    same = shop.privaci("detect-drift", "--source", shop.source, "--target", shop.target)
    assert (same.returncode, "the source matches it" in same.stdout) == (0, True)
    with psycopg.connect(shop.source, autocommit=True) as source:
        source.execute("CREATE TABLE badge (id int PRIMARY KEY)")
    found = shop.privaci("detect-drift", "--format", "json")
    assert (found.returncode, json.loads(found.stdout)[0]["blocks"]) == (6, True)
    accepted = shop.privaci("detect-drift", "--accept-drift", "--format", "json")
    assert (accepted.returncode, accepted.stdout) == (0, found.stdout)


def test_a_pipeline_is_generated_by_its_platform(shop: Shop) -> None:
    """Into a folder; none, or two different ones, are refused."""
    assert shop.privaci("introspect").returncode == 0
    words = ("generate-ci", "--platform", "k8s-cronjob", "--output-dir", "deploy")
    assert shop.privaci(*words).returncode == 0
    written = (shop.folder / "deploy" / "masked-copy.yaml").read_text()
    assert yaml.safe_load(written)["kind"] == "CronJob"
    assert shop.privaci("generate-ci", "kubernetes", "--out", "-").stdout == written
    none, two = shop.privaci("generate-ci"), shop.privaci("generate-ci", "gitlab", *words[1:3])
    assert (none.returncode, "none is named" in none.stderr) == (2, True)
    assert (two.returncode, "two different ones" in two.stderr) == (2, True)


def test_a_run_may_write_nothing_or_no_audit_table(shop: Shop) -> None:
    """`--dry-run` is `privaci dry-run`; `--no-audit-table` leaves the proof, and verifies."""
    rehearsed = shop.privaci("run", "--dry-run")
    assert (rehearsed.returncode, "1 table, 2 rows, 1 masked column" in rehearsed.stdout) == (
        0,
        True,
    )
    with psycopg.connect(shop.target) as target:
        assert target.execute("SELECT to_regclass('public.person')").fetchone() == (None,)
    done = shop.privaci("run", "--no-audit-table")
    assert done.returncode == 0, done.stderr
    with psycopg.connect(shop.target) as target:
        assert target.execute("SELECT to_regclass('_privaci.audit_log')").fetchone() == (None,)
    # The proof names the policy as it is written.
    proved = shop.json("report")["content"]["fingerprints"]["policy"]
    assert proved == shop.json("validate")["fingerprint"]
    verified = shop.privaci("verify", "--search", "sample", "--sample-size", "100")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_report_is_written_as_a_file(shop: Shop) -> None:
    """By the run's name, in the form of `--format` or of the file; each verifies but the PDF."""
    run = shop.json("run")["run"]
    folder = shop.folder / "evidence"
    for name, words in {
        "proof.json": (),
        "proof.html": (),
        "page": ("--format", "html"),
    }.items():
        done = shop.privaci("report", "--run", run, "--output", (folder / name).as_uri(), *words)
        assert (done.returncode, run in done.stdout) == (0, True), done.stderr
        verified = shop.privaci("report", "--verify", folder / name)
        assert verified.returncode == 0, verified.stdout
    printed = shop.privaci("report", "--run", run, "--format", "html")
    assert printed.stdout == (folder / "page").read_text()
    none = shop.privaci("report", "--format", "pdf")
    assert (none.returncode, "--output proof.pdf" in none.stderr) == (2, True)
    unknown = shop.privaci("report", "--output", "ftp://host.example.test/proof.json")
    assert (unknown.returncode, "no store has such a URL" in unknown.stderr) == (2, True)
    without = shop.privaci("report", "--output", "proof.pdf", PATH="/nowhere")
    assert (without.returncode, "apt-get install chromium" in without.stderr) == (2, True)


def test_a_dry_run_reports_to_a_url(shop: Shop) -> None:
    """The same Markdown as into a path."""
    for where in ("would.md", (shop.folder / "kept" / "would.md").as_uri()):
        done = shop.privaci("dry-run", "--report", where)
        assert done.returncode == 0, done.stderr
    report = (shop.folder / "kept" / "would.md").read_text()
    assert "| public.person | email | text | fake email |" in report


def test_a_signed_pack_is_installed(shop: Shop) -> None:
    """Verified, tested, shown and merged; not without the key, a word and a place of packs."""
    key = Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes_raw().hex()
    folder = shop.folder / "packs" / "shop"
    folder.mkdir(parents=True)
    example = {"table": "public.a", "column": "email", "expect": {"action": "hash"}}
    pack = {
        "name": "shop",
        "version": "1.0.0",
        "description": "Shops",
        "kinds": {"email": {"action": "hash"}},
        "tests": [example],
    }
    (folder / "manifest.json").write_bytes(sign_pack(pack, key))
    words = ("install-pack", "shop", "--local-pack-dir", "packs")
    before = (shop.folder / "mask-rules.yaml").read_text()
    for done, why in (
        (shop.privaci(*words, "--yes"), "it is not set"),
        (shop.privaci(*words, "--yes", PRIVACI_PACK_PUBLIC_KEY="0" * 63 + "1"), "another key"),
        (shop.privaci(*words, PRIVACI_PACK_PUBLIC_KEY=raw), "Say --yes"),
        (shop.privaci(*words[:2], PRIVACI_PACK_PUBLIC_KEY=raw), "nothing says where packs are"),
    ):
        assert (done.returncode in {2, 3}, why in done.stderr) == (True, True), done.stderr
    assert (shop.folder / "mask-rules.yaml").read_text() == before
    done = shop.privaci(*words, "--yes", PRIVACI_PACK_PUBLIC_KEY=raw)
    assert done.returncode == 0, done.stderr
    assert "shop 1.0.0: Shops (signed, 1 test passed)\n  email: hash\n" in done.stdout
    assert shop.privaci("validate").returncode == 0
    again = shop.privaci(*words, PRIVACI_PACK_PUBLIC_KEY=raw)
    assert (again.returncode, "has it already" in again.stdout) == (0, True)


def test_a_pack_is_signed_and_installed(shop: Shop) -> None:
    """By a key that its owner alone can read or a secret URI; the key itself is never printed."""
    pack = {
        "name": "shop",
        "version": "1.0.0",
        "description": "Shops",
        "kinds": {"email": {"action": "hash"}},
        "tests": [{"table": "public.a", "column": "email", "expect": {"action": "hash"}}],
    }
    (shop.folder / "shop.yaml").write_text(yaml.safe_dump(pack))
    made = shop.privaci("packs", "keygen", "key.pem")
    assert (made.returncode, made.stdout.splitlines()[0][:8]) == (0, "key.pem:"), made.stderr
    public = made.stdout.splitlines()[1].partition("=")[2]
    key = shop.folder / "key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    again = shop.privaci("packs", "keygen", "key.pem")
    assert (again.returncode, "File exists" in again.stderr) == (2, True)

    sign = ("packs", "sign", "shop.yaml", "--to", "packs", "--key")
    signed = shop.privaci(*sign, "key.pem")
    assert signed.returncode == 0, signed.stderr
    assert signed.stdout.splitlines() == [
        "packs/shop/manifest.json: shop 1.0.0, 1 test passed",
        f"PRIVACI_PACK_PUBLIC_KEY={public}",
    ]
    install = ("install-pack", "shop", "--local-pack-dir", "packs", "--yes")
    assert shop.privaci(*install, PRIVACI_PACK_PUBLIC_KEY=public).returncode == 0
    assert shop.privaci(*sign, "env://PACK_KEY", PACK_KEY=key.read_text()).stdout == signed.stdout

    for named in (key.read_text(), key.read_text().splitlines()[0]):
        shown = shop.privaci(*sign, named)
        assert (shown.returncode, "list of processes" in shown.stderr) == (2, True)
        assert key.read_text().splitlines()[1] not in shown.stderr
    for text in ("name: [", "- a list"):
        (shop.folder / "bad.yaml").write_text(text)
        bad = shop.privaci("packs", "sign", "bad.yaml", "--to", "packs", "--key", "key.pem")
        assert (bad.returncode, "Reading" in bad.stderr) == (3, True), bad.stderr
    key.chmod(0o640)
    readable = shop.privaci(*sign, "key.pem")
    assert (readable.returncode, "chmod 600 key.pem" in readable.stderr) == (2, True)


def test_a_pack_that_fails_its_tests_is_not_signed(shop: Shop) -> None:
    """Its users would refuse it."""
    expect = {"table": "public.a", "column": "email", "expect": "copied"}
    kinds = {"email": {"action": "hash"}}
    pack = {"name": "shop", "version": "1.0.0", "description": "Shops", "kinds": kinds}
    (shop.folder / "shop.json").write_text(json.dumps(pack | {"tests": [expect]}))
    assert shop.privaci("packs", "keygen", "key.pem").returncode == 0
    done = shop.privaci("packs", "sign", "shop.json", "--to", "packs", "--key", "key.pem")
    assert done.returncode == 3, done.stderr
    assert not (shop.folder / "packs").exists()


def test_a_policy_of_this_version_needs_no_migration(shop: Shop) -> None:
    """Another version is refused, with the command that works."""
    words = ("migrate-config", "mask-rules.yaml")
    for more in ((), ("--from", "1.0", "--to", "1.0")):
        done = shop.privaci(*words, *more)
        assert (done.returncode, "no migration is needed" in done.stdout) == (0, True), done.stderr
    other = shop.privaci(*words, "--from", "1.0", "--to", "2.0")
    assert (other.returncode, f"{' '.join(words)} --from 1.0 --to 1.0" in other.stderr) == (3, True)
