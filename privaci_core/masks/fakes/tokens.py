"""Makes tokens that open nothing: each keeps its prefix, its length and its letters' kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.keyed.digest import digest
from privaci_core.masks.keyed.format_preserving import HEX, encrypt
from privaci_core.masks.keyed.numerals import in_form, in_groups

if TYPE_CHECKING:
    from privaci_core.masks.base.shape import Mask
    from privaci_core.masks.fakes.request import Make, Request

# What says whose token it is, as `ghp_` and `sk_live_`; a short word before a long rest.
PREFIX = (
    r"^((?:(?:Bearer|Basic|Token) )?(?:[A-Za-z]{2,6}[_-](?:(?:live|test|prod|pat)[_-])?)?)\S{16,}$"
)
# Shorter texts may be of these letters by chance.
HEXADECIMAL = r"^(?:[0-9a-f-]{16,}|[0-9A-F-]{16,})$"
JWT = r"^eyJ[\w-]+\.[\w-]+\.[\w-]*$"
PEM = r"(?s)^(-----BEGIN [A-Z0-9 ]+-----)(.*?)(-----END [A-Z0-9 ]+-----\s*)$"
# It says HS256 and JWT.
JWT_HEADER = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
SIGNATURE_LENGTH = 43
# Its header, the payload of one claim, the signature and two points.
JWT_LENGTH = len(JWT_HEADER) + 31 + SIGNATURE_LENGTH + 2


def token(request: Request) -> Make:
    """Other letters of the same kinds; a JSON web token gets its own subject and signature."""
    key = request.key("token")
    form, hexadecimal = in_form(key), _hexadecimal(key)
    jwt_fits = request.shape.holds(JWT_LENGTH)

    def behind_prefix(values: pl.Series) -> pl.Series:
        heads = values.str.extract(PREFIX).fill_null("")
        rest = values.str.slice(heads.str.len_chars())
        is_hex = rest.str.contains(HEXADECIMAL)
        return heads + in_groups(rest, [(is_hex, hexadecimal), (~is_hex, form)])

    def made(values: pl.Series, attempt: int) -> pl.Series:
        is_pem, is_jwt = values.str.contains(PEM), values.str.contains(JWT) & jwt_fits
        web = (is_jwt, lambda tokens: _web_tokens(tokens, request, attempt))
        other = (~is_pem & ~is_jwt, behind_prefix)
        return in_groups(values, [(is_pem, lambda keys: _between(keys, form)), web, other])

    return made


def _hexadecimal(key: bytes) -> Mask:
    lower, upper = encrypt(HEX, key), encrypt(HEX.upper(), key)

    def masked(values: pl.Series) -> pl.Series:
        capital = values.str.contains("[A-F]")
        return in_groups(values, [(capital, upper), (~capital, lower)])

    return masked


def _web_tokens(values: pl.Series, request: Request, attempt: int) -> pl.Series:
    """Three parts: a fixed header, a subject that the digest draws, a signature of no key."""
    drawn = request.draw("token", values, attempt)
    claims = '{"sub":"' + drawn.code() + '"}'
    signature = _base64url(digest(values, request.key("token signature").hex()).str.decode("hex"))
    return JWT_HEADER + "." + _base64url(claims.cast(pl.Binary)) + "." + signature


def _base64url(octets: pl.Series) -> pl.Series:
    plain = octets.bin.encode("base64").str.strip_chars_end("=")
    return plain.str.replace_many(["+", "/"], ["-", "_"])


def _between(keys: pl.Series, form: Mask) -> pl.Series:
    """A block whose first line and last line stay."""
    parts = keys.str.extract_groups(PEM).struct.unnest()
    return parts["1"] + form(parts["2"]) + parts["3"]
