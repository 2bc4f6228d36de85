"""Keeps the start that a run gave its subset with the unfinished refresh, for the run that resumes.

A predicate may name a person. So the target holds it sealed by a key of the salt's, which only a
run with the same salt can open.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privaci_core.masks.base.keys import derive
from privaci_core.target.claim import refresh_of, unfinished_in
from privaci_core.target.swap import next_to

if TYPE_CHECKING:
    from privaci_core.masks import Keys
    from privaci_core.target.claim import Claim
    from privaci_core.target.unfinished import Unfinished

NONCE_BYTES = 12


def sealed(keys: Keys, refresh: str, start: str) -> str:
    """The start of one refresh as only its salt can read it; nothing if it has none."""
    if not start:
        return ""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return base64.b64encode(
        nonce + _cipher(keys).encrypt(nonce, start.encode(), refresh.encode())
    ).decode()


def opened(keys: Keys, mark: Unfinished) -> str:
    """The start that a refresh was begun with; nothing if it had none, or another salt."""
    try:
        held = base64.b64decode(mark.sealed_start)
        nonce, rest = held[:NONCE_BYTES], held[NONCE_BYTES:]
        return _cipher(keys).decrypt(nonce, rest, mark.refresh.encode()).decode()
    except (InvalidTag, binascii.Error, ValueError):
        return ""


def remembered_start(target_dsn: str, on_existing_data: str, keys: Keys, claim: Claim) -> str:
    """The start of the target's unfinished refresh, if a run's claim is to take it up."""
    swaps = on_existing_data == "swap"
    found = unfinished_in(next_to(target_dsn) if swaps else target_dsn, beside=swaps)
    if found is None or refresh_of(claim, found) != found.refresh:
        return ""
    return opened(keys, found)


def _cipher(keys: Keys) -> AESGCM:
    return AESGCM(bytes.fromhex(derive(keys.salt, "subset start")))
