"""Writes the proof of a refresh as one signed document, and verifies one without a network.

A document of format 2 is written in one way, and its signature covers everything but itself: the
content, the digest, the algorithm's name and the public key. In format 1 it covers the content.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privaci_core.errors import PreflightError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Key = TypeVar("Key", Ed25519PrivateKey, Ed25519PublicKey)

FORMAT, FIRST_FORMAT = 2, 1
# Where proofs are written, if not beside the orchestrator's storage.
FOLDER_VARIABLE = "PRIVACI_PROOFS"
# The files of one proof.
DOCUMENT, PAGE, TRAIL = "proof.json", "proof.html", "audit.parquet"
ALGORITHM = "Ed25519"
MAKE_A_KEY = "Make one with: openssl genpkey -algorithm ed25519 -out proof-key.pem"
KEY_NAME_LETTERS = 16
PARTS = {"content", "sha256"}
SIGNATURE_PARTS = {"algorithm", "public_key", "value"}
NO_PROOF = "it is not a proof that this version can read"
OTHER_SPELLING = "its file is not written as proofs are: it was edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Whether a document is as it was written, and which key signed it."""

    # Why it must not be trusted; empty where it verifies.
    why_not: str = ""
    # The name of the key; empty where it is not signed.
    signed_by: str = ""

    @property
    def holds(self) -> bool:
        """Whether the document verifies."""
        return not self.why_not


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofId:
    """Which proof a copy has: the refresh that it is of, and the digest of its content."""

    refresh: str
    sha256: str


def proof_id_from(content: Mapping[str, str] | None) -> ProofId | None:
    """The id that a manifest holds, if it holds one."""
    return None if content is None else ProofId(**content)


def document_of(content: Mapping[str, Any], key: Ed25519PrivateKey | None) -> dict[str, Any]:
    """A content with its digest, and with a signature where there is a key."""
    written = canonical({"format": FORMAT, **content})
    document: dict[str, Any] = {
        "content": json.loads(written),
        "sha256": hashlib.sha256(written).hexdigest(),
    }
    if key is not None:
        public = _base64(_raw(key.public_key()))
        signature = {"algorithm": ALGORITHM, "public_key": public}
        value = key.sign(_signed({**document, "signature": signature}))
        document["signature"] = {**signature, "value": _base64(value)}
    return document


def file_of(document: Mapping[str, Any]) -> bytes:
    """The one way to write a document into a file."""
    return f"{json.dumps(document, sort_keys=True, indent=1, allow_nan=False)}\n".encode()


def document_from(octets: bytes) -> dict[str, Any] | None:
    """The document in a file; None if it is no JSON, or names a part twice."""
    try:
        document = json.loads(
            octets.decode(), object_pairs_hook=_without_duplicates, parse_constant=_refuse
        )
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def verified_file(octets: bytes, trusted: Ed25519PublicKey | None) -> Verified:
    """Check a document in its file, which is written in one way alone."""
    document = document_from(octets)
    if document is None:
        return Verified(why_not=NO_PROOF)
    found = verified(document, trusted)
    # The first release did not sort the parts of its files.
    respelled = found.holds and _format(document) != FIRST_FORMAT and file_of(document) != octets
    return Verified(why_not=OTHER_SPELLING) if respelled else found


def verified(document: Mapping[str, Any], trusted: Ed25519PublicKey | None) -> Verified:
    """Check a document's digest and signature; a trusted key must be the one that signed it."""
    try:
        written = canonical(document["content"])
        if hashlib.sha256(written).hexdigest() != document["sha256"]:
            return Verified(why_not="its content does not match its digest: it was changed")
        _refuse_other_parts(document)
        if "signature" not in document:
            return Verified(why_not="it is not signed" if trusted else "")
        public = _signing_key(document)
    except InvalidSignature:
        return Verified(why_not="its signature does not match its content and key")
    except (AttributeError, KeyError, TypeError, ValueError):
        return Verified(why_not=NO_PROOF)
    if trusted is not None and _raw(trusted) != public:
        return Verified(why_not="it was signed with another key than the one you trust")
    return Verified(signed_by=key_name(public))


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one way to sign a content, whatever the order of its keys."""
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode()


def private_key(pem: bytes) -> Ed25519PrivateKey:
    """Read the key that signs."""
    return _read(lambda: serialization.load_pem_private_key(pem, password=None), Ed25519PrivateKey)  # type: ignore[type-abstract]


def public_key(pem: bytes) -> Ed25519PublicKey:
    """Read the key that is trusted."""
    return _read(lambda: serialization.load_pem_public_key(pem), Ed25519PublicKey)  # type: ignore[type-abstract]


def key_name(public: bytes) -> str:
    """A short name of a public key, for people to compare."""
    return hashlib.sha256(public).hexdigest()[:KEY_NAME_LETTERS]


def signing_key_name(document: Mapping[str, Any]) -> str:
    """The name of the key that a document says signed it; empty where it is not signed."""
    signature = document.get("signature")
    return key_name(_octets(signature["public_key"])) if signature else ""


def _signed(document: Mapping[str, Any]) -> bytes:
    """What the signature of a document covers: all but the signature's own value."""
    if _format(document) == FIRST_FORMAT:
        return canonical(document["content"])
    covered = {name: part for name, part in document["signature"].items() if name != "value"}
    return canonical({**document, "signature": covered})


def _format(document: Mapping[str, Any]) -> Any:
    return document["content"]["format"]


def _refuse_other_parts(document: Mapping[str, Any]) -> None:
    """Refuse other formats, and parts that no digest or signature covers."""
    known = type(_format(document)) is int and FIRST_FORMAT <= _format(document) <= FORMAT
    if not known or document.keys() - {"signature"} != PARTS:
        raise ValueError
    if "signature" in document and document["signature"].keys() != SIGNATURE_PARTS:
        raise ValueError


def _signing_key(document: Mapping[str, Any]) -> bytes:
    """The public key whose signature this is; raises where it does not match."""
    signature = document["signature"]
    if signature["algorithm"] != ALGORITHM:
        raise ValueError
    public, value = (_octets(signature[name]) for name in ("public_key", "value"))
    Ed25519PublicKey.from_public_bytes(public).verify(value, _signed(document))
    return public


def _octets(text: str) -> bytes:
    """What a text in base64 stands for; its last letter has bits that would change nothing."""
    octets = base64.b64decode(text, validate=True)
    if _base64(octets) != text:
        raise ValueError
    return octets


def _without_duplicates(parts: list[tuple[str, Any]]) -> dict[str, Any]:
    """The parts of an object by name: of two with one name, readers take different ones."""
    found = dict(parts)
    if len(found) != len(parts):
        raise ValueError
    return found


def _refuse(_: str) -> None:
    """Refuse Infinity and NaN, which are no JSON."""
    raise ValueError


def _read(load: Callable[[], object], kind: type[Key]) -> Key:
    try:
        key = load()
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, kind):
        word = "private key" if kind is Ed25519PrivateKey else "public key"
        raise PreflightError(
            f"Reading the {word} for proofs",
            f"the file has no unencrypted {ALGORITHM} key in PEM",
            MAKE_A_KEY,
        )
    return key


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
