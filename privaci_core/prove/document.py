"""Writes the proof of a refresh as one signed document, and verifies one without a network."""

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

FORMAT = 1
# Where proofs are written, if not beside the orchestrator's storage.
FOLDER_VARIABLE = "PRIVACI_PROOFS"
# The files of one proof.
DOCUMENT, PAGE, TRAIL = "proof.json", "proof.html", "audit.parquet"
ALGORITHM = "Ed25519"
MAKE_A_KEY = "Make one with: openssl genpkey -algorithm ed25519 -out proof-key.pem"
KEY_NAME_LETTERS = 16


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


def document_of(content: Mapping[str, Any], key: Ed25519PrivateKey | None) -> dict[str, Any]:
    """A content with its digest, and with a signature where there is a key."""
    written = canonical({"format": FORMAT, **content})
    document: dict[str, Any] = {
        "content": json.loads(written),
        "sha256": hashlib.sha256(written).hexdigest(),
    }
    if key is not None:
        document["signature"] = {
            "algorithm": ALGORITHM,
            "public_key": _base64(_raw(key.public_key())),
            "value": _base64(key.sign(written)),
        }
    return document


def verified(document: Mapping[str, Any], trusted: Ed25519PublicKey | None) -> Verified:
    """Check a document's digest and signature; a trusted key must be the one that signed it."""
    try:
        written = canonical(document["content"])
        if hashlib.sha256(written).hexdigest() != document["sha256"]:
            return Verified(why_not="its content does not match its digest: it was changed")
        _refuse_other_formats(document["content"])
        signature = document.get("signature")
        if signature is None:
            return Verified(why_not="it is not signed" if trusted else "")
        public = _signing_key(signature, written)
    except InvalidSignature:
        return Verified(why_not="its signature does not match its content and key")
    except (KeyError, TypeError, ValueError):
        return Verified(why_not="it is not a proof that this version can read")
    if trusted is not None and _raw(trusted) != public:
        return Verified(why_not="it was signed with another key than the one you trust")
    return Verified(signed_by=key_name(public))


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one way to write a content, whatever the order of its keys."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def private_key(pem: bytes) -> Ed25519PrivateKey:
    """Read the key that signs."""
    return _read(lambda: serialization.load_pem_private_key(pem, password=None), Ed25519PrivateKey)  # type: ignore[type-abstract]


def public_key(pem: bytes) -> Ed25519PublicKey:
    """Read the key that is trusted."""
    return _read(lambda: serialization.load_pem_public_key(pem), Ed25519PublicKey)  # type: ignore[type-abstract]


def key_name(public: bytes) -> str:
    """A short name of a public key, for people to compare."""
    return hashlib.sha256(public).hexdigest()[:KEY_NAME_LETTERS]


def _refuse_other_formats(content: Mapping[str, Any]) -> None:
    if content["format"] != FORMAT:
        raise ValueError(content["format"])


def _signing_key(signature: Mapping[str, str], written: bytes) -> bytes:
    """The public key whose signature this is; raises where it does not match."""
    if signature["algorithm"] != ALGORITHM:
        raise ValueError(signature["algorithm"])
    public = base64.b64decode(signature["public_key"], validate=True)
    value = base64.b64decode(signature["value"], validate=True)
    Ed25519PublicKey.from_public_bytes(public).verify(value, written)
    return public


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
