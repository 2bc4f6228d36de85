"""Fetches salts, keys and connection strings from where they are stored, and never shows them."""

from privaci_core.secrets.resolve import resolve
from privaci_core.secrets.salts import (
    SALT_VARIABLE,
    SHORTEST_SALT,
    gen_salt,
    load_pseudonym_key,
    load_salt,
)
from privaci_core.secrets.secret import Salt, Secret, SecretText

__all__ = [
    "SALT_VARIABLE",
    "SHORTEST_SALT",
    "Salt",
    "Secret",
    "SecretText",
    "gen_salt",
    "load_pseudonym_key",
    "load_salt",
    "resolve",
]
