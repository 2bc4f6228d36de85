"""A proof is signed as it is written, and no field of it can be changed unseen."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privaci_core.errors import PreflightError
from privaci_core.prove.document import (
    Verified,
    canonical,
    document_of,
    key_name,
    private_key,
    public_key,
    verified,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.unit

# Of the test suite alone: any 32 bytes are a private key.
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
CONTENT = {
    "refresh": "monday",
    "totals": {"rows": 3, "masked": 2},
    "tables": ["b", "a"],
    "who": "Ünal",
    "signed off": True,
}
PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
CHANGED = "its content does not match its digest: it was changed"
OTHER_CONTENT = "its signature does not match its content and key"
NO_PROOF = "it is not a proof that this version can read"
OTHER_KEY = "it was signed with another key than the one you trust"


def raw(key: Ed25519PublicKey) -> bytes:
    """The bytes of a public key."""
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


NAME = key_name(raw(KEY.public_key()))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the fields of a document are."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from places(part, (*path, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from places(part, (*path, number))
    else:
        yield path


def flipped(value: Any) -> Any:
    """Another value of the same type; text differs in its first letter."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return ("a" if value[0] != "a" else "b") + value[1:]


def changed(document: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """The document with one field flipped."""
    found = copy.deepcopy(document)
    *inner, last = path
    part: Any = found
    for name in inner:
        part = part[name]
    part[last] = flipped(part[last])
    return found


SIGNED, UNSIGNED = document_of(CONTENT, KEY), document_of(CONTENT, None)


def test_a_signed_document_names_the_key_that_signed_it() -> None:
    """Whether or not that key is trusted already."""
    assert verified(SIGNED, None) == Verified(signed_by=NAME)
    assert verified(SIGNED, KEY.public_key()) == Verified(signed_by=NAME)
    assert Verified(signed_by=NAME).holds


def test_an_unsigned_document_is_as_it_was_written() -> None:
    """Where a key is trusted, it must have signed."""
    assert verified(UNSIGNED, None) == Verified()
    assert Verified().holds
    found = verified(UNSIGNED, KEY.public_key())
    assert found == Verified(why_not="it is not signed")
    assert not found.holds


@pytest.mark.parametrize("path", list(places(SIGNED)), ids=lambda path: ".".join(map(str, path)))
def test_no_field_of_a_signed_document_can_be_changed(path: tuple[Any, ...]) -> None:
    """Content, digest, or any part of the signature."""
    for trusted in (None, KEY.public_key()):
        found = verified(changed(SIGNED, path), trusted)
        assert not found.holds
        assert found.signed_by == ""


@pytest.mark.parametrize("path", list(places(UNSIGNED)), ids=lambda path: ".".join(map(str, path)))
def test_no_field_of_an_unsigned_document_can_be_changed(path: tuple[Any, ...]) -> None:
    """The digest does not match any more."""
    assert verified(changed(UNSIGNED, path), None) == Verified(why_not=CHANGED)


def test_a_new_digest_does_not_help_against_a_signature() -> None:
    """A rewritten content has no signature of its own."""
    forged = {**document_of({**CONTENT, "refresh": "tuesday"}, None)}
    forged["signature"] = SIGNED["signature"]
    assert verified(forged, None) == Verified(why_not=OTHER_CONTENT)


def test_another_key_is_not_the_trusted_one() -> None:
    """A document that anyone can sign proves nothing to you."""
    assert verified(document_of(CONTENT, OTHER), KEY.public_key()) == Verified(why_not=OTHER_KEY)


def test_another_algorithm_or_format_cannot_be_read() -> None:
    """The signature would not be what it says; the content may mean something else."""
    relabelled = {**SIGNED, "signature": {**SIGNED["signature"], "algorithm": "RSA"}}
    assert verified(relabelled, None) == Verified(why_not=NO_PROOF)
    assert verified(document_of({**CONTENT, "format": 2}, KEY), None) == Verified(why_not=NO_PROOF)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"content": {}},
        {"content": {}, "sha256": hashlib.sha256(b"{}").hexdigest()},
        {"content": [], "sha256": hashlib.sha256(b"[]").hexdigest()},
        {**SIGNED, "signature": "a signature"},
        {**SIGNED, "signature": {}},
        {**SIGNED, "signature": {**SIGNED["signature"], "public_key": "?"}},
        {**SIGNED, "signature": {**SIGNED["signature"], "public_key": "AAAA"}},
        {**SIGNED, "signature": {**SIGNED["signature"], "public_key": 7}},
        {
            **SIGNED,
            "signature": {
                **SIGNED["signature"],
                "public_key": SIGNED["signature"]["public_key"] + "!",
            },
        },
        {
            **SIGNED,
            "signature": {**SIGNED["signature"], "value": SIGNED["signature"]["value"] + "!"},
        },
    ],
)
def test_what_is_not_a_proof_says_so(document: dict[str, Any]) -> None:
    """Parts are missing, or are of another kind."""
    assert verified(document, None) == Verified(why_not=NO_PROOF)


def test_a_document_is_written_in_one_way() -> None:
    """In the order of its names, without spaces, in ASCII; another order is the same document."""
    assert canonical({"b": [1, 2], "a": "ü"}) == b'{"a":"\\u00fc","b":[1,2]}'
    backwards = dict(reversed(CONTENT.items()))
    assert document_of(backwards, KEY) == SIGNED
    assert json.loads(json.dumps(SIGNED)) == SIGNED


def test_a_document_says_what_it_is() -> None:
    """Its format, its digest, and the algorithm and key of its signature."""
    assert UNSIGNED["content"] == {"format": 1, **CONTENT}
    written = canonical(UNSIGNED["content"])
    assert UNSIGNED["sha256"] == SIGNED["sha256"] == hashlib.sha256(written).hexdigest()
    assert set(UNSIGNED) == {"content", "sha256"}
    assert SIGNED["signature"] == {
        "algorithm": "Ed25519",
        "public_key": base64.b64encode(raw(KEY.public_key())).decode(),
        "value": base64.b64encode(KEY.sign(written)).decode(),
    }


def test_a_key_has_a_short_name() -> None:
    """The first sixteen letters of its digest."""
    assert key_name(b"") == "e3b0c44298fc1c14"


def test_keys_are_read_from_pem() -> None:
    """Each from its own kind of file."""
    secret = KEY.private_bytes(PEM, PKCS8, serialization.NoEncryption())
    public = KEY.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert raw(private_key(secret).public_key()) == raw(KEY.public_key())
    assert raw(public_key(public)) == raw(KEY.public_key())
    for read, other, word in [(private_key, public, "private"), (public_key, secret, "public")]:
        with pytest.raises(PreflightError, match=f"Reading the {word} key for proofs"):
            read(other)


@pytest.mark.parametrize(
    "pem",
    [
        b"not a key",
        KEY.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"a password")),
        generate_private_key(SECP256R1()).private_bytes(PEM, PKCS8, serialization.NoEncryption()),
    ],
    ids=["no PEM", "encrypted", "another algorithm"],
)
def test_what_is_no_key_says_how_to_make_one(pem: bytes) -> None:
    """Neither an encrypted key nor one of another algorithm signs proofs."""
    with pytest.raises(PreflightError, match="no unencrypted Ed25519 key in PEM") as caught:
        private_key(pem)
    assert "openssl genpkey -algorithm ed25519 -out proof-key.pem" in str(caught.value)
    with pytest.raises(PreflightError, match="openssl genpkey"):
        public_key(pem)
