"""A proof in a store is read by its name, and nothing else in the store is taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from privaci_core.errors import PreflightError
from privaci_core.prove.document import DOCUMENT, FOLDER_VARIABLE, document_of, file_of
from privaci_dagster.project import proofs_in
from privaci_dagster.proof_ids import proof_finder
from privaci_dagster.proof_store import (
    fetch_documents,
    put_proof,
    refuse_unkept,
    store_of_proofs,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit


def test_what_is_no_proof_of_ours_is_not_fetched(tmp_path: Path) -> None:
    """Names that hold the word, in a folder of their own, and no others; the folder is not left."""
    environ = {FOLDER_VARIABLE: f"memory:///{tmp_path.name}"}
    store = store_of_proofs(environ)
    assert store is not None
    for name in ("one/proof.json", "two/proof.json", "one/other", "deep/one/proof.json"):
        store.put_plain(name, [b"{}"])
    fetch_documents(store, tmp_path / "fetched", ["one"])
    found = [path.relative_to(tmp_path / "fetched") for path in tmp_path.rglob(DOCUMENT)]
    assert [str(path) for path in found] == ["one/proof.json"]


def test_a_copys_proof_is_found_in_the_store(tmp_path: Path) -> None:
    """A machine that has no folder of proofs names the one in the store."""
    environ = {FOLDER_VARIABLE: f"memory:///{tmp_path.name}-ids"}
    store, folder = store_of_proofs(environ), tmp_path / "shop-r1"
    assert store is not None
    folder.mkdir()
    document = document_of({"refresh": "r1", "published": "2026-01-01"}, None)
    (folder / DOCUMENT).write_bytes(file_of(document))
    put_proof(store, folder)
    found = proof_finder(tmp_path / "none", environ)(["r1"])
    assert found is not None
    assert found.sha256 == document["sha256"]
    assert proof_finder(tmp_path / "none", environ)(["r2"]) is None


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    """A path keeps the proofs itself; a store's URL leaves them beside Dagster's runs, too."""
    assert store_of_proofs({FOLDER_VARIABLE: str(tmp_path)}) is None
    assert proofs_in("/home", {FOLDER_VARIABLE: str(tmp_path)}) == tmp_path
    beside = proofs_in(tmp_path, {FOLDER_VARIABLE: "s3://bucket/proofs"})
    assert beside == tmp_path / "privaci" / "proofs"


def test_a_place_that_is_no_store_ends_a_run_before_its_first_step(tmp_path: Path) -> None:
    """A misspelled URL is told before anything is loaded."""
    with pytest.raises(PreflightError, match="a store has a URL"):
        refuse_unkept(tmp_path, {FOLDER_VARIABLE: "s4://bucket/proofs"})
