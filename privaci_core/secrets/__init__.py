"""Fetches salts, keys and connection strings from where they are stored, and never shows them."""

from privaci_core.secrets.resolve import resolve
from privaci_core.secrets.salts import (
    ACCEPT,
    SALT_VARIABLE,
    SHORTEST_SALT,
    WEAK_SALT_VARIABLE,
    gen_salt,
    load_pseudonym_key,
    load_salt,
    refuse_plain_secrets,
)
from privaci_core.secrets.secret import Salt, Secret, SecretText

__all__ = [
    "ACCEPT",
    "SALT_VARIABLE",
    "SHORTEST_SALT",
    "WEAK_SALT_VARIABLE",
    "Salt",
    "Secret",
    "SecretText",
    "gen_salt",
    "load_pseudonym_key",
    "load_salt",
    "refuse_plain_secrets",
    "resolve",
]
