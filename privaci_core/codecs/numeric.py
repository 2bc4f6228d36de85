"""Numerics as the wire has them, in groups of four digits: whole vectors where they fit 64 bits, others one by one."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIGIT = 10_000
HEAD = struct.Struct(">HhHH")
WORDS = HEAD.size // 2
POSITIVE, NEGATIVE = 0x0000, 0x4000
SPECIAL = {0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"}
OF_SPECIAL = {text: sign for sign, text in SPECIAL.items()}
# So many groups, and so many digits, are sure to fit a word of 64 bits, which holds 18.
GROUPS, DIGITS, GROUP_DIGITS, WORD_DIGITS = 4, 16, 4, 18
PLAIN = rf"^-?\d{{1,{DIGITS}}}(?:\.\d{{1,{DIGITS}}})?$"
POWERS = 10 ** np.arange(19, dtype=np.int64)


def numerics_text(values: pa.Array) -> pl.Series:
    """Numerics, none of them NULL, with as many digits behind the point as each was given."""
    count = len(values)
    edges = np.frombuffer(values.buffers()[1], np.int32)[
        values.offset : values.offset + count + 1
    ].astype(np.int64)
    words = np.frombuffer(
        bytes(memoryview(values.buffers()[2])[edges[0] : edges[-1]]), ">u2"
    ).astype(np.int64)
    first = (edges[:-1] - edges[0]) // 2
    groups, weight, sign, scale = (words[first + place] for place in range(WORDS))
    weight = weight.astype(np.int16).astype(np.int64)
    shift = GROUP_DIGITS * (weight - groups + 1) + scale
    fits = (
        (groups <= GROUPS)
        & (GROUP_DIGITS * groups + np.maximum(shift, 0) <= WORD_DIGITS)
        & (shift > -GROUP_DIGITS)
    )
    known = fits & ((sign == POSITIVE) | (sign == NEGATIVE))
    whole = np.zeros(count, np.int64)
    for place in range(GROUPS):
        more = known & (groups > place)
        whole[more] = whole[more] * DIGIT + words[first[more] + WORDS + place]
    whole = np.where(
        shift >= 0,
        whole * POWERS[np.clip(shift, 0, WORD_DIGITS)],
        whole // POWERS[np.clip(-shift, 0, GROUP_DIGITS)],
    )
    text = _pointed(
        np.where(sign == NEGATIVE, -whole, whole), scale, known, negative=sign == NEGATIVE
    )
    if known.all():
        return text
    odd = np.flatnonzero(~known)
    return text.scatter(odd, [numeric_text(values[int(place)].as_py()) for place in odd])


def numerics_of_text(values: pl.Series) -> pa.Array:
    """The way back; none of the values is NULL."""
    plain = values.str.contains(PLAIN)
    parts = values.str.split_exact(".", 1).struct.unnest()
    fraction = parts["field_1"].fill_null("")
    scale = fraction.str.len_chars().cast(pl.Int64)
    digits = parts["field_0"].str.strip_prefix("-") + fraction
    known = (plain & (digits.str.len_chars() + 3 <= DIGITS)).to_numpy()
    number = digits.zip_with(pl.Series(known), pl.Series(["0"])).cast(pl.Int64).to_numpy()
    if known.all():
        return _packed(number, scale.to_numpy(), values.str.starts_with("-").to_numpy())
    vectors = _packed(number, scale.to_numpy(), values.str.starts_with("-").to_numpy()).to_pylist()
    rest = (numeric_of_text(text) for text in values.filter(pl.Series(~known)).to_list())
    return pa.array(
        [vector if fits else next(rest) for vector, fits in zip(vectors, known, strict=True)],
        pa.binary(),
    )


def _pointed(
    numbers: NDArray[np.int64],
    scale: NDArray[np.int64],
    known: NDArray[np.bool_],
    *,
    negative: NDArray[np.bool_],
) -> pl.Series:
    """Whole numbers with the point put in; scales are few, so each is done by itself."""
    digits = pl.Series(np.abs(numbers)).cast(pl.String)
    sign = pl.Series(["", "-"]).gather(negative.astype(np.uint32))
    text = digits
    for places in np.unique(scale[known]):
        if places:
            padded = digits.str.zfill(int(places) + 1)
            pointed = padded.str.head(-int(places)) + "." + padded.str.tail(int(places))
            text = pointed.zip_with(pl.Series(scale == places), text)
    return sign + text


def _packed(
    numbers: NDArray[np.int64], scale: NDArray[np.int64], negative: NDArray[np.bool_]
) -> pa.Array:
    """Groups of four digits around the point, without zeros at either end, behind their heads."""
    padded = numbers * POWERS[-scale % GROUP_DIGITS]
    groups = np.stack(
        [padded // POWERS[GROUP_DIGITS * place] % DIGIT for place in reversed(range(GROUPS))],
        axis=1,
    )
    filled = groups != 0
    any_digit = filled.any(axis=1)
    first = np.where(any_digit, filled.argmax(axis=1), GROUPS)
    last = np.where(any_digit, GROUPS - filled[:, ::-1].argmax(axis=1), GROUPS)
    behind = -(-scale // GROUP_DIGITS)
    words = np.zeros((len(numbers), WORDS + GROUPS), ">u2")
    words[:, 0] = last - first
    words[:, 1] = (
        np.where(any_digit, GROUPS - first - 1 - behind, 0).astype(np.int16).astype(np.uint16)
    )
    words[:, 2] = np.where(negative & any_digit, NEGATIVE, POSITIVE)
    words[:, 3] = scale
    words[:, WORDS:] = groups
    places = np.arange(GROUPS)
    kept = np.ones(words.shape, bool)
    kept[:, WORDS:] = (places >= first[:, None]) & (places < last[:, None])
    offsets = np.concatenate([[0], np.cumsum(2 * kept.sum(axis=1))]).astype(np.int32)
    data = words[kept].tobytes()
    return pa.Array.from_buffers(
        pa.binary(), len(numbers), [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    )


def numeric_text(value: bytes) -> str:
    """A numeric with as many digits behind the point as it was given."""
    count, weight, sign, scale = HEAD.unpack_from(value)
    if sign in SPECIAL:
        return SPECIAL[sign]
    digits = struct.unpack_from(f">{count}H", value, HEAD.size)
    whole = 0
    for digit in digits:
        whole = whole * DIGIT + digit
    # The last digit stands for 10000 to the power of weight - count + 1: shift to `scale` places behind the point.
    shift = 4 * (weight - count + 1) + scale
    scaled = whole * 10**shift if shift >= 0 else whole // 10**-shift
    text = str(scaled).rjust(scale + 1, "0")
    text = f"{text[:-scale]}.{text[-scale:]}" if scale else text
    return f"-{text}" if sign == NEGATIVE else text


def numeric_of_text(text: str) -> bytes:
    """The way back; exponents are read too."""
    if text in OF_SPECIAL:
        return HEAD.pack(0, 0, OF_SPECIAL[text], 0)
    mantissa, _, exponent = text.lower().partition("e")
    negative = mantissa.startswith("-")
    whole, _, fraction = mantissa.lstrip("+-").partition(".")
    power = int(exponent or 0)
    scale = max(len(fraction) - power, 0)
    number = int((whole + fraction) or "0") * 10 ** max(power - len(fraction), 0)
    number *= 10 ** (-scale % 4)
    digits: list[int] = []
    while number:
        number, digit = divmod(number, DIGIT)
        digits.append(digit)
    weight = len(digits) - 1 - -(-scale // 4)
    digits.reverse()
    while digits and digits[-1] == 0:
        digits.pop()
    sign = NEGATIVE if negative and digits else POSITIVE
    return HEAD.pack(len(digits), weight if digits else 0, sign, scale) + struct.pack(
        f">{len(digits)}H", *digits
    )
