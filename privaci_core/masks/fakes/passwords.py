"""Makes passwords: one for every account, or its hash as the column's program would keep it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.keyed.numerals import in_groups

if TYPE_CHECKING:
    from privaci_core.masks.base.shape import Mask
    from privaci_core.masks.fakes.request import Make, Request

PASSWORD = "privaci-test-pw"  # noqa: S105 - the constant that the format promises
BCRYPT = "$10$YyPfyOsREPxnA5jkmHmvwuegEVcU5ST0cQ1w5sJVaBnJHvoV2gzQK"
ARGON2 = (
    "$argon2id$v=19$m=19456,t=2,p=1$7v0DB+kQH8pylKAFIhz4HA"
    "$UlKZiaJAKvoieQQjzKImhmh0tWJVxP/BY3JLhFMjztk"
)
SHA512_CRYPT = (
    "$6$privacitestsalt$bg4w9N67ZfLRcg0Z5TFdsqSbZvX.XRyjpDyLSSvikm4jqSitL1gWa52wfpf8fbbqMUGKiSqhIGjvrf"
    "oOniDiP/"
)
WERKZEUG_PBKDF2 = (
    "pbkdf2:sha256:600000$privacitestsalt0"
    "$16241b5001022f5d09b582bf2ea8d33f735dd812b63c705d91416dc42dce4e6a"
)
WERKZEUG_SCRYPT = (
    "scrypt:32768:8:1$privacitestsalt0"
    "$bd4e28f3bb1f6d15e4308b8a0759221f299c50cb7243b4a48ae3a1a2fb3a126b"
    "2d0aab4a72fd7226ba98f1568297779f9b850f6da68cad88054ba9dfe7a3dd34"
)
ASP_NET = "AQAAAAEAACcQAAAAEHByaXZhY2l0ZXN0c2FsdDBmkGQMCtn0j1z9CrcqHVVukKgHjC9/8FRIc+8FnBYZmg=="
# What a hash begins with, and the hash of the password in that form; salts are of this file.
HASHES = (
    (r"^\$2b?\$", "$2b" + BCRYPT),
    (r"^\$2a\$", "$2a" + BCRYPT),
    (r"^\$2[xy]\$", "$2y" + BCRYPT),
    (r"^\$argon2", ARGON2),
    (r"^argon2\$argon2", "argon2" + ARGON2),
    (r"^\$(?:6|y|gy|7)\$", SHA512_CRYPT),
    (r"^\$5\$", "$5$privacitestsalt$dF6XkGGxQ5KulS0Sn2ARIEos1xrRebYf7BIYLcnf9B9"),
    (r"^\$1\$", "$1$privaci$A9aUNtkqpA74pHUyJgS/J."),
    (
        r"^pbkdf2_sha256\$",
        "pbkdf2_sha256$600000$privacitestsalt0$FiQbUAECL10JtYK/LqjTP3Nd2BK2PHBdkUFtxC3OTmo=",
    ),
    (r"^pbkdf2:sha256", WERKZEUG_PBKDF2),
    (r"^scrypt:", WERKZEUG_SCRYPT),
    (r"^AQAAAA", ASP_NET),
    (r"^\{SSHA\}", "{SSHA}HDF2WNwB9VACQHWsnnEeR3Nahbtwcml2YWNpdA=="),
    *(
        (rf"^[0-9a-f]{{{2 * digest().digest_size}}}$", digest(PASSWORD.encode()).hexdigest())
        for digest in (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512)
    ),
)


def password(_request: Request) -> Make:
    """The same password for every account."""
    return lambda values, _attempt: pl.repeat(PASSWORD, len(values), eager=True)


def password_hash(request: Request) -> Make:
    """That password's hash in the form of each hash; itself for what is no hash that is known."""
    holds = request.shape.holds

    def made(values: pl.Series, _attempt: int) -> pl.Series:
        rest = pl.repeat(True, len(values), dtype=pl.Boolean, eager=True)
        groups = []
        for pattern, constant in HASHES:
            found = values.str.contains(pattern) & rest
            groups.append((found, _always(constant if holds(len(constant)) else PASSWORD)))
            rest &= ~found
        return in_groups(values, [*groups, (rest, _always(PASSWORD))])

    return made


def _always(constant: str) -> Mask:
    return lambda values: pl.repeat(constant, len(values), dtype=pl.String, eager=True)
