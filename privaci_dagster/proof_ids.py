"""Finds the proof of a published copy, for the manifest of what is made of it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from privaci_core.prove.document import DOCUMENT, ProofId, document_from, verified_file
from privaci_dagster.proof_store import fetch_documents, store_of_proofs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


def proof_finder(
    folder: Path, environ: Mapping[str, str]
) -> Callable[[Sequence[str]], ProofId | None]:
    """What finds the newest proof of some refreshes: in a folder of proofs, else in their store."""

    def find(refreshes: Sequence[str]) -> ProofId | None:
        found = _newest(folder, refreshes)
        store = None if found else store_of_proofs(environ)
        if store is None:
            return found
        with TemporaryDirectory() as fetched:
            fetch_documents(store, Path(fetched), refreshes)
            return _newest(Path(fetched), refreshes)

    return find


def _newest(folder: Path, refreshes: Sequence[str]) -> ProofId | None:
    found = sorted(_proofs(folder, refreshes), key=lambda each: each[0])
    return found[-1][1] if found else None


def _proofs(folder: Path, refreshes: Sequence[str]) -> Iterator[tuple[str, ProofId]]:
    """When each proof was published, and its id; one that was edited is none."""
    for path in folder.glob(f"*/{DOCUMENT}"):
        # A folder's name ends with its refresh's; a prefix may come before.
        if not path.parent.name.endswith(tuple(refreshes)):
            continue
        octets = path.read_bytes()
        document = document_from(octets)
        if document is None or not verified_file(octets, None).holds:
            continue
        content = document["content"]
        if content["refresh"] in refreshes:
            id_ = ProofId(refresh=content["refresh"], sha256=document["sha256"])
            yield content["published"], id_
