"""Derives from the salt one key for every mask, provider and alias; no two share a key."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache

from privaci_core.masks.base.shape import Unbindable

# A mask whose algorithm changes gets a new version here: the same salt then gives other values.
VERSIONS: dict[str, int] = {}
FIRST_VERSION = 1
EXTRACT = b"privaci masks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The roots of all masking keys: of the salt, and of the pseudonym key where there is one."""

    salt: bytes = field(repr=False)
    pseudonym: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, salt: bytes, pseudonym_key: bytes | None = None) -> Keys:
        """Extract the roots (HKDF's first step), so that workers never get the salt itself."""
        pseudonym = None if pseudonym_key is None else _hmac(EXTRACT, pseudonym_key)
        return cls(salt=_hmac(EXTRACT, salt), pseudonym=pseudonym)

    def fingerprint(self) -> str:
        """Sixteen digits that differ for other keys; they are published in proofs and events.

        They are stretched, so that no guess at the salt is cheap.
        """
        return _stretched(_hmac(self.salt, b"fingerprint 2" + (self.pseudonym or b"")))


def derive(root: bytes, mask: str, alias: str | None = None, attempt: int = 0) -> str:
    """The key of one mask (HKDF's second step), in hexadecimal, as the vector function takes it."""
    version = VERSIONS.get(mask, FIRST_VERSION)
    label = f"{version}\x1f{mask}\x1f{alias or ''}\x1f{attempt}"
    return _hmac(root, label.encode() + b"\x01").hex()


def pseudonym_root(keys: Keys) -> bytes:
    """The root of the keys of pseudonyms; refuses a policy without their key."""
    if keys.pseudonym is None:
        raise Unbindable("pseudonym_key is not set", "Set pseudonym_key in the policy.")
    return keys.pseudonym


@lru_cache(maxsize=16)
def _stretched(secret: bytes) -> str:
    """A tenth of a second and 32 MiB of memory for each guess; once for each process of ours."""
    cost = {"n": 2**15, "r": 8, "p": 1, "maxmem": 64 << 20}
    return hashlib.scrypt(secret, salt=b"privaci fingerprint", dklen=8, **cost).hex()


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()
