"""Derives a key of its own for every mask, provider and alias from the one salt, so that no two share one."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

# A change of one mask's algorithm is a new version of that mask: the same salt then gives other values, knowingly.
VERSIONS: dict[str, int] = {}
FIRST_VERSION = 1
EXTRACT = b"privaci masks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The roots that masking keys grow from: of the salt, and of the pseudonym key where there is one."""

    salt: bytes = field(repr=False)
    pseudonym: bytes | None = field(default=None, repr=False)

    @staticmethod
    def of(salt: bytes, pseudonym_key: bytes | None = None) -> Keys:
        """Extract the roots (HKDF's first step): what travels to workers is not the salt itself."""
        pseudonym = None if pseudonym_key is None else _hmac(EXTRACT, pseudonym_key)
        return Keys(salt=_hmac(EXTRACT, salt), pseudonym=pseudonym)

    def fingerprint(self) -> str:
        """What tells these keys from others, and nothing about them."""
        return _hmac(self.salt, b"fingerprint" + (self.pseudonym or b"")).hex()[:16]


def derive(root: bytes, mask: str, alias: str | None = None, attempt: int = 0) -> str:
    """The key of one mask (HKDF's second step), in the hexadecimal form that the vector function takes."""
    label = f"{VERSIONS.get(mask, FIRST_VERSION)}\x1f{mask}\x1f{alias or ''}\x1f{attempt}".encode()
    return _hmac(root, label + b"\x01").hex()


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()
