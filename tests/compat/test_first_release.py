"""Files of the first release are still read: proofs, lock, policy, plan, fingerprints."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from substrate.commands import run_privaci

from privaci_core.catalog.lock_file import read_lock, write_lock
from privaci_core.plan.show import read_lines
from privaci_core.policy import load_policy
from privaci_core.secrets import ACCEPT, WEAK_SALT_VARIABLE
from privaci_dagster.project import Project

if TYPE_CHECKING:
    import subprocess

WRITTEN = Path(__file__).with_name("first_release")
PROOFS = ("signed/proof.json", "signed/proof.html", "unsigned/proof.json", "unsigned/proof.html")
SALT = "0123456789abcdefghijklmnopqrstuvwxyz-compat"


def verified(proof: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What `privaci report --verify` says about a proof."""
    return run_privaci("report", "--verify", proof, *words, environ=os.environ)


@pytest.mark.e2e
@pytest.mark.parametrize("proof", PROOFS)
def test_a_proof_verifies(proof: str) -> None:
    """The document and the page, with a signature and without."""
    found = verified(WRITTEN / proof)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.e2e
@pytest.mark.parametrize("proof", PROOFS[:2])
def test_a_signed_proof_is_trusted_by_its_public_key(proof: str) -> None:
    """The key that signed it vouches for it."""
    found = verified(WRITTEN / proof, "--public-key", str(WRITTEN / "public.pem"))
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.e2e
@pytest.mark.parametrize("proof", PROOFS)
def test_a_changed_proof_does_not_verify(proof: str, tmp_path: Path) -> None:
    """One count that was changed in the file is found, in either form."""
    text = (WRITTEN / proof).read_text(encoding="utf-8")
    changed = tmp_path / Path(proof).name
    changed.write_text(text.replace("900", "901"), encoding="utf-8")
    assert "900" in text
    assert verified(changed).returncode != 0


@pytest.mark.unit
def test_the_lock_file_is_read_and_written_alike(tmp_path: Path) -> None:
    """Reading it and writing it again changes no byte."""
    lock = read_lock(WRITTEN / "privaci.lock.json")
    write_lock(lock, tmp_path / "privaci.lock.json")
    assert [table.qualified for table in lock.tables] == [
        "public.person",
        "public.skipped",
        "public.visit",
    ]
    written = (tmp_path / "privaci.lock.json").read_bytes()
    assert written == (WRITTEN / "privaci.lock.json").read_bytes()


@pytest.mark.unit
def test_a_plan_in_json_is_read() -> None:
    """`privaci plan --against` takes a plan that the first release wrote."""
    lines = read_lines((WRITTEN / "plan.json").read_text(encoding="utf-8"))
    masked = {f"{line.table}.{line.column}": line.action for line in lines if line.masks}
    assert masked == {
        "public.person.name": "fake full_name",
        "public.person.email": "fake email",
        "public.person.note": "json",
    }


@pytest.mark.unit
def test_a_policy_has_the_same_fingerprint(tmp_path: Path) -> None:
    """A refresh is resumed, and a table is kept, by it: a new release must not change it."""
    shutil.copy(WRITTEN / "mask-rules.yaml", tmp_path)
    policy = load_policy(tmp_path / "mask-rules.yaml")
    proof = json.loads((WRITTEN / "signed/proof.json").read_text(encoding="utf-8"))
    recorded = proof["content"]["fingerprints"]
    assert policy.fingerprint() == recorded["policy"]
    # A salt's was cheap to compute for each guess. A refresh of then is begun again.
    environ = {"ANONYMIZATION_SALT": SALT, WEAK_SALT_VARIABLE: ACCEPT}
    keys = Project(environ=environ).keys(policy)
    assert keys.fingerprint() != recorded["salt"]
