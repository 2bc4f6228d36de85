"""Reads a pack of rules by kind, whose Ed25519 signature must be that of the trusted key.

The signature, in base64, covers all other keys of the manifest: as JSON with sorted keys and
without blanks.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import ValidationError

from privaci_core.errors import PolicyError, PreflightError
from privaci_core.policy.explain import explain
from privaci_core.policy.findings import FindingsError
from privaci_core.policy.kinds import KindRule, Kinds, PackName, Version  # noqa: TC001 - pydantic reads the annotations
from privaci_core.policy.lines import Lines
from privaci_core.policy.providers import known_providers
from privaci_core.policy.strict import Strict, Text
from privaci_core.policy.values import TableName  # noqa: TC001 - pydantic reads the annotations
from privaci_core.secrets import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCS = "docs/how-to/packs.md"
KEY_VARIABLE = "PRIVACI_PACK_PUBLIC_KEY"
SIGNATURE = "signature"
HEX_KEY = re.compile(r"[0-9a-fA-F]{64}")
# A pack has some rules and examples; more is none.
LARGEST_BYTES = 1 << 20


class Example(Strict):
    """A test of a pack: a column, and what becomes of it."""

    table: TableName
    column: Text
    type: Text = "text"
    expect: KindRule | Literal["copied"]


class Manifest(Strict):
    """A pack as it is signed."""

    name: PackName
    version: Version
    description: Text
    kinds: Kinds
    tests: tuple[Example, ...]


def read_pack(octets: bytes, key: Ed25519PublicKey) -> tuple[Manifest, dict[str, Any]]:
    """A pack whose signature is right, and its rules by kind as the manifest spells them."""
    value = manifest_in(octets)
    signature = value.pop(SIGNATURE, None)
    if not isinstance(signature, str):
        _refuse("it is not signed", "Ask its makers for the signed manifest.")
    try:
        key.verify(base64.b64decode(signature, validate=True), canonical(value))
    except (InvalidSignature, binascii.Error, ValueError):
        why = (
            "its signature is not that of the trusted key: it was edited, or another key signed it"
        )
        _refuse(why, f"Name the key of the people who made it in {KEY_VARIABLE}.")
    context = {"providers": known_providers()}
    findings = []
    try:
        return Manifest.model_validate(value, context=context), dict(value["kinds"])
    except ValidationError as error:
        details = error.errors(include_url=False)
        findings = [explain(each, value, Lines(), lambda *_: Manifest) for each in details]
    # Outside of the handler, because pydantic's error holds the input.
    raise FindingsError("Reading the pack", findings, "privaci install-pack")


def sign_pack(value: Mapping[str, Any], key: Ed25519PrivateKey) -> bytes:
    """The manifest of a pack, with its signature."""
    unsigned = {name: part for name, part in value.items() if name != SIGNATURE}
    signature = base64.b64encode(key.sign(canonical(unsigned))).decode()
    return json.dumps({**unsigned, SIGNATURE: signature}, indent=1).encode()


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one way to spell what is signed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def trusted_key(environ: Mapping[str, str]) -> Ed25519PublicKey:
    """The key that must have signed a pack: 64 hexadecimal digits, or a PEM file's."""
    named = environ.get(KEY_VARIABLE, "").strip()
    try:
        if HEX_KEY.fullmatch(named):
            return Ed25519PublicKey.from_public_bytes(bytes.fromhex(named))
        if named:
            return _from_pem(named, environ)
    except (OSError, TypeError, ValueError, PreflightError):
        pass
    why = "it names no public Ed25519 key" if named else "it is not set"
    raise PolicyError(
        f"Reading {KEY_VARIABLE}",
        f"{why}, and a pack is installed only if a trusted key signed it",
        "Set it to the key's 64 hexadecimal digits, a PEM file or a secret URI.",
        DOCS,
    )


def _from_pem(named: str, environ: Mapping[str, str]) -> Ed25519PublicKey:
    is_file = "://" not in named and "${" not in named
    pem = Path(named).read_bytes() if is_file else resolve(named, environ).reveal().encode()
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError(KEY_VARIABLE)
    return key


def manifest_in(octets: bytes) -> dict[str, Any]:
    """What the file of a manifest says; its values were not checked."""
    if len(octets) <= LARGEST_BYTES:
        try:
            value = json.loads(octets, object_pairs_hook=_each_once)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            return value
    return _refuse("it is not the manifest of a pack", "Name a folder with <name>/manifest.json.")


def _each_once(parts: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(parts)
    if len(found) < len(parts):
        raise ValueError(SIGNATURE)
    return found


def _refuse(why: str, remedy: str) -> NoReturn:
    raise PolicyError("Reading the pack", why, remedy, DOCS)
