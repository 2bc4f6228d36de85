"""Recognises secrets by their form: hashed passwords, keys, tokens, and long random strings."""

from __future__ import annotations

import math
import re
from collections import Counter

# Hashed passwords; then keys and tokens whose form says what they are.
HASHED = re.compile(
    r"\$(?:2[abxy]?|argon2\w*|pbkdf2\S*|scrypt|s[01]|sha1|apr1|bcrypt\S*|md5|[1-9PHSy]|gy)\$.{10,}"
    r"|\{(?:S?SHA\d*|S?MD5|CRYPT|ARGON2|BCRYPT|PBKDF2\S*|SCRAM\S*)\}.+"
    r"|(?:pbkdf2|bcrypt|argon2|scrypt)_?\w*(?:[$:][\w.,=+/-]+){1,4}\$.{10,}"
    r"|(?:sha1|sha256|sha512|md5)\$[^$]+\$[0-9a-f]{32,}"
    r"|SCRAM-SHA-\d+\$\d+:.+"
    r"|md5[0-9a-f]{32}"
)
TOKEN = re.compile(
    r"-----BEGIN [A-Z0-9 ]+-----[\s\S]*"
    r"|(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\S+|sk-\S+@openssh\.com) AAAA\S{20,}.*"
    r"|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"
    r"|(?:sk|pk|rk)_(?:live|test)_\w{8,}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}"
    r"|gh[pousr]_\w{20,}|github_pat_\w{20,}"
    r"|syt_[\w-]+_[\w-]{10,}"
    r"|xox[abeprs]-[\w-]{10,}"
    r"|gl[a-z]{2,6}-[\w-]{16,}"
    r"|(?:AIza|ya29\.)[\w-]{20,}"
    r"|(?:whsec|npm|hf|shpat|shpss|dop_v1|sq0[a-z]{3}|EAA[A-Z])[_-]\w{16,}"
    r"|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|pypi-[\w-]{16,}"
)
# What a column of such values has in one of them at least.
NEEDS_HASH = r"\n(?:[${]|pbkdf2|bcrypt|argon2|scrypt|sha\d|md5|SCRAM)"
NEEDS_SERVICE = (
    r"\n(?:(?:sk|pk|rk)_|AKIA|ASIA|gh[pousr]_|github_|eyJ|-----BEGIN|ssh-|ecdsa-|sk-|syt_|xox"
    r"|gl[a-z]|AIza|ya29|whsec|npm|hf[_-]|shp|dop_|sq0|EAA|SG\.|pypi-)"
)
# Long strings of one alphabet; a prefix as services write it may stand before them.
PREFIX = r"(?:[A-Za-z][A-Za-z0-9]{0,9}[_-]){0,3}"
HEX = re.compile(rf"{PREFIX}(?:[0-9a-f]{{32,}}|[0-9A-F]{{32,}})")
BASE64 = re.compile(rf"{PREFIX}[A-Za-z0-9+/_-]{{20,}}={{0,2}}")
NEEDS_RANDOM = r"\n[\w+/=-]{20,}(?=\n|$)"
UUID_LENGTH = 36
LETTERS_BETWEEN_SLASHES = 12
# Bits of a letter on average, as a word has about three and random base64 five and more.
LEAST_BITS_HEX, LEAST_BITS = 3.0, 3.5
DIGIT, UPPER, LOWER = re.compile("[0-9]"), re.compile("[A-Z]"), re.compile("[a-z]")
# A run of letters of one case that is as long is a word.
WORD = re.compile("[a-z]{7,}|[A-Z]{9,}")


def is_hashed(value: str) -> bool:
    """Whether a value is a hashed password."""
    return HASHED.fullmatch(value) is not None


def is_token(value: str) -> bool:
    """Whether the form of a value says that it is a key or a token."""
    return TOKEN.fullmatch(value) is not None


def is_random(value: str) -> bool:
    """Whether a value is long and random: hexadecimal, base64 or base64url, and no UUID.

    It may be a token, or the hash of a thing: only names tell the two apart.
    """
    if HEX.fullmatch(value):
        return _bits(value) >= LEAST_BITS_HEX
    return (
        BASE64.fullmatch(value) is not None
        and not _is_uuid(value)
        and not _is_path(value)
        and _is_mixed(value)
        and _bits(value) >= LEAST_BITS
    )


def _is_mixed(value: str) -> bool:
    """Whether digits, capitals and small letters are mixed as in no word, path or number."""
    kinds = [pattern.search(value) for pattern in (DIGIT, UPPER, LOWER)]
    return all(kinds) and WORD.search(value) is None


def _is_path(value: str) -> bool:
    """Whether more slashes part the value than random letters would."""
    return value.startswith("/") or value.count("/") * LETTERS_BETWEEN_SLASHES > len(value)


def _is_uuid(value: str) -> bool:
    return len(value) == UUID_LENGTH and value.count("-") == 4  # noqa: PLR2004 - its groups


def _bits(value: str) -> float:
    """The bits of information that a letter of the value has on average."""
    count = len(value)
    return -sum(n / count * math.log2(n / count) for n in Counter(value).values())
