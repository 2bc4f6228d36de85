"""The proof of a refresh as one document: what was done and checked, signed, and verified without a network."""

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
# Where proofs are kept, if not beside the orchestrator's storage; and the files of each.
FOLDER_VARIABLE = "PRIVACI_PROOFS"
DOCUMENT, PAGE, TRAIL = "proof.json", "proof.html", "audit.parquet"
ALGORITHM = "Ed25519"
MAKE_A_KEY = "Make one with: openssl genpkey -algorithm ed25519 -out proof-key.pem"
RAW = serialization.Encoding.Raw, serialization.PublicFormat.Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What is known of a document: whether it is as it was written, and whose key says so."""

    # Why it is not to be believed; empty where nothing speaks against it.
    why_not: str = ""
    signed_by: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.why_not


def document_of(content: Mapping[str, Any], key: Ed25519PrivateKey | None) -> dict[str, Any]:
    """The document: its content, the digest of that, and a signature where there is a key."""
    written = canonical({"format": FORMAT, **content})
    document: dict[str, Any] = {
        "content": json.loads(written),
        "sha256": hashlib.sha256(written).hexdigest(),
    }
    if key is not None:
        public = key.public_key().public_bytes(*RAW)
        document["signature"] = {
            "algorithm": ALGORITHM,
            "public_key": _said(public),
            "value": _said(key.sign(written)),
        }
    return document


def verified(document: Mapping[str, Any], trusted: Ed25519PublicKey | None) -> Verified:
    """Hold a document against its own digest and signature, and the signature's key against the one that is trusted."""
    try:
        written = canonical(document["content"])
        if hashlib.sha256(written).hexdigest() != document["sha256"]:
            return Verified(why_not="its content is not what its digest says: it was changed")
        signature = document.get("signature")
        if signature is None:
            return Verified(why_not="it is not signed" if trusted else "")
        public = base64.b64decode(signature["public_key"], validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(
            base64.b64decode(signature["value"], validate=True), written
        )
    except InvalidSignature:
        return Verified(why_not="its signature is not of this content and this key")
    except (KeyError, TypeError, ValueError):
        return Verified(why_not="it is no proof that this version can read")
    if trusted is not None and trusted.public_bytes(*RAW) != public:
        return Verified(why_not="it is signed by another key than the one you trust")
    return Verified(signed_by=key_name(public))


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one way in which a content is written, whatever order its keys came in."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def private_key(pem: bytes) -> Ed25519PrivateKey:
    """The key that signs, from PEM."""
    return _read(lambda: serialization.load_pem_private_key(pem, password=None), Ed25519PrivateKey)  # type: ignore[type-abstract]


def public_key(pem: bytes) -> Ed25519PublicKey:
    """The key that is trusted, from PEM."""
    return _read(lambda: serialization.load_pem_public_key(pem), Ed25519PublicKey)  # type: ignore[type-abstract]


def key_name(public: bytes) -> str:
    """What tells a public key from others, short enough to be read aloud."""
    return hashlib.sha256(public).hexdigest()[:16]


def _read(load: Callable[[], object], kind: type[Key]) -> Key:
    try:
        key = load()
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, kind):
        word = kind.__name__.removeprefix(ALGORITHM)
        raise PreflightError(
            f"Reading an {word} of proofs", f"it is no unencrypted {ALGORITHM} key", MAKE_A_KEY
        )
    return key


def _said(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
