"""Replaces values by their digests: hexadecimal in text, a permuted value in every other type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from privaci_core.masks.base.distinct import never_itself
from privaci_core.masks.base.keys import derive
from privaci_core.masks.base.shape import ADDRESSES, DATES, HARDWARE, INTEGERS, Shape, Unbindable
from privaci_core.masks.fakes.identity import uuid
from privaci_core.masks.fakes.labels import other_label
from privaci_core.masks.fakes.network import ip_address
from privaci_core.masks.fakes.request import Make, Request
from privaci_core.masks.keyed.digest import HEX_DIGITS, digest
from privaci_core.masks.keyed.format_preserving import encrypt
from privaci_core.masks.keyed.numbers import key_numbers
from privaci_core.masks.values.dates import key_dates

if TYPE_CHECKING:
    import polars as pl

    from privaci_core.masks.base.shape import Mask

Encoding = Literal["hex", "base64url"]

# 64 bits keep a digest unique in a table of any size.
UNIQUE_DIGITS = 16
BASE64_DIGITS = 43


def hashed(mask: str, shape: Shape, root: bytes, encoding: Encoding = "hex") -> Mask:
    """The mask of `hash` and `hmac_hash`; one key for all columns, so equal values stay equal."""
    key = derive(root, mask)
    if shape.is_text:
        return _text(mask, shape, root, encoding)
    if shape.labels:
        return other_label(shape, bytes.fromhex(key))
    if shape.type_name in INTEGERS or shape.type_name == "numeric":
        return key_numbers(shape, bytes.fromhex(key))
    if shape.type_name in DATES:
        return key_dates(shape, key)
    if shape.type_name in HARDWARE:
        return encrypt("0123456789abcdef", bytes.fromhex(key))
    return never_itself(_drawn(mask, shape, root))


def _drawn(mask: str, shape: Shape, root: bytes) -> Make:
    request = Request(shape=shape, params={}, alias=None, root=root)
    if shape.type_name == "uuid":
        return uuid(request, mask)
    if shape.type_name in ADDRESSES:
        return ip_address(request, mask)
    if shape.type_name == "bytea":
        return lambda values, attempt: "\\x" + digest(values, derive(root, mask, None, attempt))
    raise Unbindable(f"a {shape.type_name} cannot hold a hash", "Use static, null or passthrough.")


def _text(mask: str, shape: Shape, root: bytes, encoding: Encoding) -> Mask:
    """As many digits of the digest as fit."""
    longest = HEX_DIGITS if encoding == "hex" else BASE64_DIGITS
    length = min(shape.room or longest, longest)
    if shape.unique and length < UNIQUE_DIGITS:
        reason = f"a hash of {length} digits cannot stay unique"
        raise Unbindable(reason, f"Use fpe, or widen the column to {UNIQUE_DIGITS} characters.")

    def made(values: pl.Series, attempt: int) -> pl.Series:
        digits = digest(values, derive(root, mask, None, attempt))
        text = _base64url(digits) if encoding == "base64url" else digits
        return text if length == HEX_DIGITS else text.str.head(length)

    return never_itself(made)


def _base64url(digits: pl.Series) -> pl.Series:
    plain = digits.str.decode("hex").bin.encode("base64")
    return plain.str.replace_many(["+", "/"], ["-", "_"])
