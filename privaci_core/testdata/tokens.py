"""Names runs and requests, and makes the tokens that a reset needs; only their hash is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
import uuid

# Crockford's alphabet: names sort by the time at which they were made.
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ULID_LETTERS, TIME_LETTERS, LETTER_BITS = 26, 10, 5
RANDOM_BITS = 80
TOKEN_BYTES = 32
TOKEN_PREFIX, REQUEST_PREFIX = "tdt_", "tdr_"


def new_run() -> str:
    """The name of a run: a ULID."""
    number = time.time_ns() // 1_000_000 << RANDOM_BITS | secrets.randbits(RANDOM_BITS)
    places = range(LETTER_BITS * (ULID_LETTERS - 1), -1, -LETTER_BITS)
    return "".join(LETTERS[number >> place & (len(LETTERS) - 1)] for place in places)


def uuid_of(run: str) -> str:
    """The same name as a UUID, for columns of that type."""
    number = 0
    for letter in run:
        number = number << LETTER_BITS | LETTERS.index(letter)
    return str(uuid.UUID(int=number))


def new_request() -> str:
    """The name of a request."""
    return REQUEST_PREFIX + secrets.token_hex(8)


def new_token() -> str:
    """A token that lets its holder reset one run."""
    return TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def is_token(token: str, kept: bytes) -> bool:
    """Whether a token is the one whose hash is kept; takes as long for any other."""
    return hmac.compare_digest(hash_of(token), kept)
