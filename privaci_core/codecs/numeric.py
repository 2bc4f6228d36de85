"""Numerics, groups of four digits: vectors of those that fit 64 bits, others one by one."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from privaci_core.codecs.codec import present_only
from privaci_core.compiled import loops
from privaci_core.compiled.numerics import numeric_texts, packed_numerics
from privaci_core.compiled.texts import large_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

# A group is a digit to the base of 10,000.
BASE = 10_000
GROUP_DIGITS = 4
# Before the groups: their count, the weight of the first, the sign, the digits after the point.
HEAD = struct.Struct(">HhHH")
HEAD_WORDS = HEAD.size // 2
POSITIVE, NEGATIVE = 0x0000, 0x4000
SPECIAL = {0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"}
SIGN_OF_SPECIAL = {text: sign for sign, text in SPECIAL.items()}
# What is sure to fit a word of 64 bits, which holds any 18 digits.
MOST_GROUPS, MOST_DIGITS, WORD_DIGITS = 4, 16, 18
PLAIN = rf"^-?\d{{1,{MOST_DIGITS}}}(?:\.\d{{1,{MOST_DIGITS}}})?$"
POWERS = 10 ** np.arange(WORD_DIGITS + 1, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """A vector of numerics by the words of their heads."""

    words: Numbers
    # Where the words of each value start.
    first: Numbers
    groups: Numbers
    sign: Numbers
    scale: Numbers
    # By how many digits the groups, read as one number, are shifted to get `scale` digits.
    shift: Numbers

    @property
    def fits(self) -> Flags:
        """Which values fit a word."""
        short = self.groups <= MOST_GROUPS
        digits = GROUP_DIGITS * self.groups + np.maximum(self.shift, 0)
        shifted_in = self.shift > -GROUP_DIGITS
        finite = (self.sign == POSITIVE) | (self.sign == NEGATIVE)
        fits: Flags = short & (digits <= WORD_DIGITS) & shifted_in & finite
        return fits


def numerics_text(values: pa.Array) -> pl.Series:
    """Numerics, none of them NULL, each with as many digits after the point as it was given."""
    if not len(values):
        return pl.Series([], dtype=pl.String)
    if loops.LOADED:
        return pl.Series(numeric_texts(values))
    parts = _parts(values)
    fits = parts.fits
    negative = parts.sign == NEGATIVE
    text = _with_points(_whole(parts, fits), parts.scale, fits, negative)
    if fits.all():
        return text
    others = np.flatnonzero(~fits)
    return text.scatter(others, [numeric_text(values[int(at)].as_py()) for at in others])


def numerics_wire(values: pl.Series) -> pa.Array:
    """The binary form of numerics, none of them NULL."""
    if loops.LOADED:
        return _packed_by_loop(values)
    parts = values.str.split_exact(".", 1).struct.unnest()
    fraction = parts["field_1"].fill_null("")
    digits = parts["field_0"].str.strip_prefix("-") + fraction
    # A fraction is filled up to a whole group.
    short = digits.str.len_chars() + GROUP_DIGITS - 1 <= MOST_DIGITS
    fits = values.str.contains(PLAIN) & short
    numbers = digits.zip_with(fits, pl.Series(["0"])).cast(pl.Int64).to_numpy()
    scale = fraction.str.len_chars().cast(pl.Int64).to_numpy()
    packed = _packed(numbers, scale, values.str.starts_with("-").to_numpy())
    return packed if fits.all() else _with_others(packed, values, ~fits.to_numpy())


def _packed_by_loop(values: pl.Series) -> pa.Array:
    packed, is_left = packed_numerics(large_text(values))
    return _with_others(packed, values, is_left) if is_left.any() else packed


def _with_others(packed: pa.Array, values: pl.Series, is_other: Flags) -> pa.Array:
    """The vector with the values in it that were packed one by one."""
    alone = (numeric_wire(text) for text in values.filter(pl.Series(is_other)).to_list())
    pairs = zip(packed.to_pylist(), is_other, strict=True)
    return pa.array([next(alone) if other else vector for vector, other in pairs], pa.binary())


def numeric_text(value: bytes) -> str:
    """One numeric, with as many digits after the point as it was given."""
    count, weight, sign, scale = HEAD.unpack_from(value)
    if sign in SPECIAL:
        return SPECIAL[sign]
    whole = 0
    for group in struct.unpack_from(f">{count}H", value, HEAD.size):
        whole = whole * BASE + group
    # The last group stands for 10,000 to the power of weight - count + 1.
    shift = GROUP_DIGITS * (weight - count + 1) + scale
    scaled = whole * 10**shift if shift >= 0 else whole // 10**-shift
    text = str(scaled).rjust(scale + 1, "0")
    text = f"{text[:-scale]}.{text[-scale:]}" if scale else text
    return f"-{text}" if sign == NEGATIVE else text


def numeric_wire(text: str) -> bytes:
    """The binary form of one numeric; reads exponents too."""
    if text in SIGN_OF_SPECIAL:
        return HEAD.pack(0, 0, SIGN_OF_SPECIAL[text], 0)
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.lstrip("+-").partition(".")
    power = int(exponent or 0)
    scale = max(len(fraction) - power, 0)
    number = int((whole + fraction) or "0") * 10 ** max(power - len(fraction), 0)
    groups = _groups(number * 10 ** (-scale % GROUP_DIGITS))
    after_point = -(-scale // GROUP_DIGITS)
    weight = len(groups) - 1 - after_point if groups else 0
    while groups and groups[-1] == 0:
        groups.pop()
    sign = NEGATIVE if mantissa.startswith("-") and groups else POSITIVE
    head = HEAD.pack(len(groups), weight, sign, scale)
    return head + struct.pack(f">{len(groups)}H", *groups)


def _parts(values: pa.Array) -> _Parts:
    offsets = np.frombuffer(values.buffers()[1], np.int32)
    edges = offsets[values.offset : values.offset + len(values) + 1].astype(np.int64)
    data = bytes(memoryview(values.buffers()[2])[edges[0] : edges[-1]])
    words = np.frombuffer(data, ">u2").astype(np.int64)
    first = (edges[:-1] - edges[0]) // 2
    groups, weight, sign, scale = (words[first + place] for place in range(HEAD_WORDS))
    weight = weight.astype(np.int16).astype(np.int64)
    shift = GROUP_DIGITS * (weight - groups + 1) + scale
    return _Parts(words=words, first=first, groups=groups, sign=sign, scale=scale, shift=shift)


def _whole(parts: _Parts, fits: Flags) -> Numbers:
    """All digits of each value as one number, the sign and the point left out."""
    whole = np.zeros(len(parts.first), np.int64)
    for place in range(MOST_GROUPS):
        more = fits & (parts.groups > place)
        whole[more] = whole[more] * BASE + parts.words[parts.first[more] + HEAD_WORDS + place]
    longer = whole * POWERS[np.clip(parts.shift, 0, WORD_DIGITS)]
    shorter = whole // POWERS[np.clip(-parts.shift, 0, GROUP_DIGITS)]
    return np.where(parts.shift >= 0, longer, shorter)


def _with_points(numbers: Numbers, scale: Numbers, fits: Flags, negative: Flags) -> pl.Series:
    """Numbers as text, the point put in; there are few scales, so one after another."""
    digits = pl.Series(numbers).cast(pl.String)
    text = digits
    for places in np.unique(scale[fits & (scale > 0)]):
        padded = digits.str.zfill(int(places) + 1)
        pointed = padded.str.head(-int(places)) + "." + padded.str.tail(int(places))
        text = pointed.zip_with(pl.Series(scale == places), text)
    return pl.Series(["", "-"]).gather(negative.astype(np.uint32)) + text


def _packed(numbers: Numbers, scale: Numbers, negative: Flags) -> pa.Array:
    """Numbers as heads and groups, without groups of zeros at either end."""
    padded = numbers * POWERS[-scale % GROUP_DIGITS]
    powers = [POWERS[GROUP_DIGITS * place] for place in reversed(range(MOST_GROUPS))]
    groups = np.stack([padded // power % BASE for power in powers], axis=1)
    filled = groups != 0
    not_zero = filled.any(axis=1)
    first = np.where(not_zero, filled.argmax(axis=1), MOST_GROUPS)
    last = np.where(not_zero, MOST_GROUPS - filled[:, ::-1].argmax(axis=1), MOST_GROUPS)
    after_point = -(-scale // GROUP_DIGITS)
    weight = np.where(not_zero, MOST_GROUPS - first - 1 - after_point, 0)
    sign = np.where(negative & not_zero, NEGATIVE, POSITIVE)
    head = [last - first, weight.astype(np.int16).astype(np.uint16), sign, scale]
    words = np.hstack([np.stack(head, axis=1), groups]).astype(">u2")
    places = np.arange(MOST_GROUPS)
    used = np.ones(words.shape, bool)
    used[:, HEAD_WORDS:] = (places >= first[:, None]) & (places < last[:, None])
    return _binary(words[used].tobytes(), 2 * used.sum(axis=1))


def _binary(data: bytes, lengths: Numbers) -> pa.Array:
    """Values of these lengths, end to end in the data."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.binary(), len(lengths), buffers)


def _groups(number: int) -> list[int]:
    groups: list[int] = []
    while number:
        number, group = divmod(number, BASE)
        groups.append(group)
    groups.reverse()
    return groups


NUMERIC = present_only(numerics_text, numerics_wire)
