"""A proof is signed as it is written, and no field of it can be changed unseen."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privaci_core.errors import PreflightError
from privaci_core.prove.document import (
    Verified,
    canonical,
    document_from,
    document_of,
    file_of,
    key_name,
    private_key,
    public_key,
    verified,
    verified_file,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
OTHER_SPELLING = "its file is not written as proofs are: it was edited"
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
# Written by the first release.
WRITTEN = Path(__file__).parents[1] / "compat" / "first_release"
FIRST = {kind: (WRITTEN / kind / "proof.json").read_bytes() for kind in ("signed", "unsigned")}


def covered(document: dict[str, Any]) -> dict[str, Any]:
    """A document without its signature's value, which is what the signature covers."""
    signature = document["signature"]
    covers = {"algorithm": signature["algorithm"], "public_key": signature["public_key"]}
    return {**document, "signature": covers}


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
    for number in (0, 3, True, 1.0, "2", None):
        unknown = document_of({**CONTENT, "format": number}, KEY)
        assert verified(unknown, None) == Verified(why_not=NO_PROOF)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"content": {}},
        {"content": {}, "sha256": hashlib.sha256(b"{}").hexdigest()},
        {"content": [], "sha256": hashlib.sha256(b"[]").hexdigest()},
        {**SIGNED, "signature": "a signature"},
        {**SIGNED, "signature": None},
        {**SIGNED, "more": 1},
        {**UNSIGNED, "signatury": 1},
        {**SIGNED, "signature": {**SIGNED["signature"], "more": 1}},
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
    assert UNSIGNED["content"] == {"format": 2, **CONTENT}
    written = canonical(UNSIGNED["content"])
    assert UNSIGNED["sha256"] == SIGNED["sha256"] == hashlib.sha256(written).hexdigest()
    assert set(UNSIGNED) == {"content", "sha256"}
    assert SIGNED["signature"] == {
        "algorithm": "Ed25519",
        "public_key": base64.b64encode(raw(KEY.public_key())).decode(),
        "value": base64.b64encode(KEY.sign(canonical(covered(SIGNED)))).decode(),
    }


@pytest.mark.parametrize("document", [SIGNED, UNSIGNED], ids=["signed", "unsigned"])
@pytest.mark.parametrize("bits", [0x01, 0x02, 0x20, 0x80])
def test_no_byte_of_a_file_can_be_changed(document: dict[str, Any], bits: int) -> None:
    """Neither a digit nor a bracket, a space, a capital or a part's name."""
    octets = file_of(document)
    assert verified_file(octets, None).holds
    held = []
    for place in range(len(octets)):
        spoiled = bytearray(octets)
        spoiled[place] ^= bits
        if verified_file(bytes(spoiled), None).holds:
            held.append(place)
    assert held == []


@pytest.mark.parametrize("kind", FIRST)
@pytest.mark.parametrize("bits", [0x01, 0x02, 0x20, 0x80])
def test_no_byte_of_a_file_of_the_first_format_changes_what_it_says(kind: str, bits: int) -> None:
    """Its words alone are under the signature, so a line break may become a tab."""
    octets = FIRST[kind]
    assert verified_file(octets, None).holds
    for place in range(len(octets)):
        spoiled = bytearray(octets)
        spoiled[place] ^= bits
        if verified_file(bytes(spoiled), None).holds:
            assert document_from(bytes(spoiled)) == document_from(octets)


@pytest.mark.parametrize("octets", [file_of(SIGNED), *FIRST.values()])
def test_a_part_that_is_named_twice_is_refused(octets: bytes) -> None:
    """At the top, in the content and in the signature: readers take different ones of the two."""
    content = octets.index(b'"content": {') + len(b'"content": {')
    for place, twice in ((1, b'"content": {},'), (1, b'"sha256": "",'), (content, b'"who": "",')):
        spoiled = octets[:place] + twice + octets[place:]
        assert document_from(spoiled) is None
        assert verified_file(spoiled, None) == Verified(why_not=NO_PROOF)


@pytest.mark.parametrize(
    "spelled",
    [
        lambda octets: octets + b"\n",
        lambda octets: octets.rstrip(),
        lambda octets: b" " + octets,
        lambda octets: octets.replace(b"\n", b"\r\n"),
        lambda octets: octets.replace(b'"refresh": ', b'"refresh":'),
        lambda octets: octets.replace(b"\\u00dc", "Ü".encode()),
        lambda octets: octets.replace(b"\\u00dc", b"\\u00DC"),
        lambda octets: octets.replace(b'"monday"', b'"m\\u006fnday"'),
        lambda octets: json.dumps(json.loads(octets)).encode(),
    ],
)
def test_a_file_is_written_in_one_way(spelled: Callable[[bytes], bytes]) -> None:
    """Other spaces, escapes and orders say the same and are refused."""
    for octets in (file_of(SIGNED), file_of(UNSIGNED)):
        respelled = spelled(octets)
        assert respelled != octets
        assert verified_file(respelled, None) == Verified(why_not=OTHER_SPELLING)


def test_a_file_is_read_as_it_was_written() -> None:
    """In lines that a person can read, sorted, and in ASCII."""
    assert document_from(file_of(SIGNED)) == SIGNED
    assert file_of(dict(reversed(SIGNED.items()))) == file_of(SIGNED)
    assert file_of({"b": "ü", "a": 1}) == b'{\n "a": 1,\n "b": "\\u00fc"\n}\n'


@pytest.mark.parametrize(
    "octets",
    [b"", b"[]", b"7", b"{", b"\xff", b'{"a": NaN}', b'{"a": 1, "a": 1}', b"[" * 100_000],
)
def test_what_is_no_document_is_not_read(octets: bytes) -> None:
    """Whatever the file holds, nothing fails in another way."""
    assert document_from(octets) is None
    assert verified_file(octets, None) == Verified(why_not=NO_PROOF)


def test_a_number_that_is_none_is_not_signed() -> None:
    """No reader could read it back."""
    for number in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="JSON"):
            document_of({"rows": number}, KEY)
        with pytest.raises(ValueError, match="JSON"):
            file_of({"rows": number})


def test_a_proof_of_the_first_format_is_signed_again_in_its_format() -> None:
    """Its content keeps its number, and its signature covers the content."""
    content = json.loads(FIRST["unsigned"])["content"]
    again = document_of(content, KEY)
    assert again["content"]["format"] == 1
    assert verified(again, KEY.public_key()) == Verified(signed_by=NAME)
    KEY.public_key().verify(base64.b64decode(again["signature"]["value"]), canonical(content))


@pytest.mark.parametrize("name", ["public_key", "value"])
def test_a_key_and_a_signature_are_spelled_in_one_way(name: str) -> None:
    """The last letter of base64 has bits that no byte holds."""
    first = json.loads(FIRST["signed"])
    text = first["signature"][name]
    place = len(text.rstrip("=")) - 1
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = letters[letters.index(text[place]) ^ 1]
    first["signature"][name] = text[:place] + other + text[place + 1 :]
    assert base64.b64decode(first["signature"][name]) == base64.b64decode(text)
    assert verified(first, None) == Verified(why_not=NO_PROOF)


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
