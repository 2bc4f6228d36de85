"""Loads the salt and the pseudonym key of a policy; a missing or weak one is refused."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Protocol

from privaci_core.errors import PreflightError, SaltError
from privaci_core.secrets.guessing import is_guessable
from privaci_core.secrets.resolve import is_reference, resolve
from privaci_core.secrets.secret import Salt, SecretText

if TYPE_CHECKING:
    from collections.abc import Mapping

SALT_VARIABLE = "ANONYMIZATION_SALT"
PSEUDONYM_VARIABLE = "PSEUDONYM_KEY"
SHORTEST_SALT = 32
WEAK_SALT_VARIABLE = "PRIVACI_WEAK_SALT"
# The value that accepts a salt that can be guessed.
ACCEPT = "accept"
DOCS = "docs/reference/policy.md#secrets"
GENERATE = "Generate one with `privaci gen-salt` and keep it where your other secrets are."


class Salted(Protocol):
    """The part of a policy that names its secrets."""

    @property
    def global_salt(self) -> SecretText | None: ...  # noqa: D102 - the policy documents it
    @property
    def pseudonym_key(self) -> SecretText | None: ...  # noqa: D102
    @property
    def needs_pseudonym_key(self) -> bool: ...  # noqa: D102


def gen_salt() -> str:
    """A new random salt: 64 hexadecimal digits, 256 bits."""
    return secrets.token_hex(32)


def load_salt(policy: Salted, environ: Mapping[str, str]) -> Salt:
    """The policy's salt, else that of the variables; there is no default."""
    if policy.global_salt is not None:
        return _of_policy(policy.global_salt, environ, "global_salt")
    if not environ.get(SALT_VARIABLE, "").strip():
        raise SaltError(
            "Loading the salt",
            f"global_salt is not set and {SALT_VARIABLE} is missing or empty",
            GENERATE,
            DOCS,
        )
    return _strong(f"env://{SALT_VARIABLE}", environ, SALT_VARIABLE)


def load_pseudonym_key(policy: Salted, environ: Mapping[str, str]) -> Salt | None:
    """The key of `hmac_hash` and `pseudonym`: the policy's, else that of the variables.

    None if no rule needs one.
    """
    if not policy.needs_pseudonym_key:
        return None
    if policy.pseudonym_key is not None:
        return _of_policy(policy.pseudonym_key, environ, "pseudonym_key")
    if environ.get(PSEUDONYM_VARIABLE, "").strip():
        return _strong(f"env://{PSEUDONYM_VARIABLE}", environ, PSEUDONYM_VARIABLE)
    raise SaltError(
        "Loading the pseudonym key",
        "the policy uses hmac_hash or pseudonym, and pseudonym_key is not set",
        f"Set pseudonym_key to ${{ENV_NAME}} or a secret URI, or set {PSEUDONYM_VARIABLE}."
        f" {GENERATE}",
        DOCS,
    )


def refuse_plain_secrets(policy: Salted, environ: Mapping[str, str]) -> None:
    """Refuse a policy that holds a salt or a key itself."""
    for where, secret in (
        ("global_salt", policy.global_salt),
        ("pseudonym_key", policy.pseudonym_key),
    ):
        if secret is not None:
            _refuse_plain(secret.get_secret_value(), environ, where)


def _of_policy(secret: SecretText, environ: Mapping[str, str], where: str) -> Salt:
    named = secret.get_secret_value()
    found = _strong(named, environ, where)
    _refuse_plain(named, environ, where)
    return found


def _refuse_plain(named: str, environ: Mapping[str, str], where: str) -> None:
    """Refuse a secret in the policy file, which people commit, send and read."""
    if is_reference(named) or environ.get(WEAK_SALT_VARIABLE) == ACCEPT:
        return
    raise SaltError(
        f"Loading {where}",
        "the policy holds the secret itself, and everyone who reads the file can undo the masks",
        f"Keep it where your other secrets are, and write {where}: ${{NAME}} or a secret URI; the"
        f" same text makes the same copy. To use it all the same: --weak-salt, or"
        f" {WEAK_SALT_VARIABLE}={ACCEPT}.",
        DOCS,
    )


def _strong(named: str, environ: Mapping[str, str], where: str) -> Salt:
    try:
        text = resolve(named, environ).reveal()
    except PreflightError as error:
        raise SaltError(f"Loading {where}", error.cause, error.remediation, DOCS) from None
    if len(text) < SHORTEST_SALT:
        raise SaltError(
            f"Loading {where}",
            f"it has {len(text)} characters, fewer than {SHORTEST_SALT}",
            GENERATE,
            DOCS,
        )
    if environ.get(WEAK_SALT_VARIABLE) != ACCEPT and is_guessable(text):
        raise SaltError(
            f"Loading {where}",
            "it can be guessed: it repeats itself, or is made of sequences and usual words",
            f"{GENERATE} To use it all the same: --weak-salt, or {WEAK_SALT_VARIABLE}={ACCEPT}.",
            DOCS,
        )
    return Salt(text)
