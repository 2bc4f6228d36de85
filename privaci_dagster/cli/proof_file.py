"""Reads a proof that a command was given, as a document or as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from privaci_core.errors import PreflightError
from privaci_core.prove.document import public_key
from privaci_core.prove.page import proof_in, verified_proof

if TYPE_CHECKING:
    from pathlib import Path


def trusted_content(path: Path, trust: Path | None) -> dict[str, Any]:
    """What an unchanged proof says; a trusted key must be the one that signed it."""
    octets = read_bytes(path)
    document = proof_of(path, octets)
    found = verified_proof(octets, public_key(read_bytes(trust)) if trust else None)
    if not found.holds:
        raise PreflightError(
            f"Reading the proof {path}",
            found.why_not,
            "Use a file as the refresh wrote it: proof.json or proof.html.",
        )
    content: dict[str, Any] = document["content"]
    return content


def proof_of(path: Path, octets: bytes) -> dict[str, Any]:
    """A proof, from the bytes of its file or its page."""
    document = proof_in(octets)
    if document is None:
        raise PreflightError(
            f"Reading the proof {path}",
            "the file is not a proof, or it was edited",
            "Use a file as the refresh wrote it: proof.json or proof.html.",
        )
    return document


def read_bytes(path: Path) -> bytes:
    """The bytes of a file that the command line names."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise PreflightError(
            f"Reading {path}", error.strerror or "it cannot be read", "Name another file."
        ) from None
