"""The loops over dates, numerics and numbers give what the vectors of Python give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from privaci_core.codecs.registry import codec_of
from privaci_core.compiled import loops
from privaci_core.compiled.numerics import numeric_texts
from privaci_core.masks import Shape
from privaci_core.masks.keyed.digest import DigestWords
from privaci_core.masks.keyed.permute import LARGEST_TABLE, permutation
from privaci_core.masks.values.dates import days_of, iso_dates, shifted
from privaci_core.masks.values.noise import _behind_point
from privaci_core.stream.as_stored import _spelling

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.unit

MICROS = st.integers(-211_813_488_000_000_000, 9_223_371_331_200_000_000)
DAYS = st.integers(-2_451_545, 2_145_031_948)
USUAL = st.datetimes().map(lambda moment: moment.isoformat(" "))
ODD = st.sampled_from(
    [
        "infinity",
        "-infinity",
        "0044-03-15 BC",
        "0044-03-15 12:00:00 BC",
        "12024-01-01",
        "2024-02-29",
        "2024-02-29 24:00:00",
        "2024-02-29 23:59:59.5+00",
        "2000-01-01 00:00:00.000001",
    ]
)
DIGITS = st.text("0123456789", max_size=40)
DECIMALS = st.tuples(st.sampled_from(["", "-"]), DIGITS, DIGITS).map(
    lambda parts: f"{parts[0]}{parts[1] or '0'}{'.' if parts[2] else ''}{parts[2]}"
)
NUMERICS = DECIMALS | st.sampled_from(
    ["NaN", "Infinity", "-Infinity", "1e3", "-2.5E-3", "5.", "+7"]
)
ADDRESSES = st.ip_addresses().map(str) | st.tuples(st.ip_addresses(v=4), st.integers(0, 32)).map(
    lambda parts: f"{parts[0]}/{parts[1]}"
)
SPELLED = (
    USUAL
    | st.dates().map(str)
    | st.sampled_from(
        ["2021-02-30", "01.02.2020", "2020-01-01T10:00:00Z", "2020-01-01 10:00", "no"]
    )
)


def both_ways(made: Callable[[], Any]) -> tuple[Any, Any]:
    """What the loops make, and what Python makes."""
    by_loops = made()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loops, "LOADED", False)
        return by_loops, made()


@pytest.mark.parametrize(
    ("type_name", "counts"), [("date", DAYS), ("timestamp", MICROS), ("timestamptz", MICROS)]
)
@given(data=st.data())
def test_moments_are_printed_and_read_the_same(
    type_name: str, counts: st.SearchStrategy[int], data: st.DataObject
) -> None:
    """In every year, before Christ and beyond 9999 too, and infinity."""
    kind = ">i4" if type_name == "date" else ">i8"
    edge = 2 ** (31 if type_name == "date" else 63)
    drawn = data.draw(st.lists(counts | st.sampled_from([edge - 1, -edge]), max_size=6))
    wire = pa.array([np.array(count, kind).tobytes() for count in drawn], pa.binary())
    codec = codec_of(type_name)
    assert codec is not None
    text, wanted = both_ways(lambda: codec.decode(wire).to_list())
    assert text == wanted
    again, other = both_ways(lambda: codec.encode(pl.Series(text, dtype=pl.String)))
    assert again.equals(wire)
    assert other.equals(wire)


@given(values=st.lists(USUAL | ODD, min_size=1, max_size=6))
def test_spellings_of_moments_are_read_the_same(values: list[str]) -> None:
    """Fractions of any length, dates alone, and the hour 24."""
    codec = codec_of("timestamp")
    assert codec is not None
    found, wanted = both_ways(lambda: codec.encode(pl.Series(values)))
    assert found.equals(wanted)


@given(values=st.lists(NUMERICS, min_size=1, max_size=6))
@example(["0", "-0.00", "0.0001", "10000", "00012.5000", "9" * 40 + "." + "9" * 40])
def test_numerics_are_read_and_printed_the_same(values: list[str]) -> None:
    """Of any length, with leading zeros and zeros behind."""
    codec = codec_of("numeric")
    assert codec is not None
    wire, wanted = both_ways(lambda: codec.encode(pl.Series(values)))
    assert wire.equals(wanted)
    text, wanted = both_ways(lambda: codec.decode(wire).to_list())
    assert text == wanted
    assert codec.decode(wire.slice(1)).to_list() == text[1:]


@given(values=st.lists(st.ip_addresses().map(str) | st.just("10.0.0.0/8"), min_size=1, max_size=6))
def test_addresses_are_printed_the_same(values: list[str]) -> None:
    """Of both families, of hosts and of networks."""
    codec = codec_of("inet")
    assert codec is not None
    wire = codec.encode(pl.Series(values))
    found, wanted = both_ways(lambda: codec.decode(wire).to_list())
    assert found == wanted
    assert codec.decode(wire.slice(1)).to_list() == found[1:]


@given(values=st.lists(NUMERICS | st.none(), max_size=6), scale=st.integers(1, 5))
def test_numerics_get_the_digits_of_their_column_the_same(
    values: list[str | None], scale: int
) -> None:
    """Short and long fractions, other spellings, NaN and NULL."""
    spelled = _spelling("numeric", Shape(type_name="numeric", precision=90, scale=scale))
    codec, fakes = codec_of("numeric"), pl.Series(values, dtype=pl.String)
    assert spelled is not None
    assert codec is not None
    # As they are sent: a minus before zero is not.
    found, wanted = both_ways(lambda: codec.encode(spelled(fakes)))
    assert found.equals(wanted)
    behind, wanted = both_ways(lambda: _behind_point(fakes).tolist())
    assert behind == wanted


@pytest.mark.parametrize("type_name", ["inet", "cidr"])
@given(values=st.lists(ADDRESSES, max_size=6))
def test_addresses_are_read_the_same(type_name: str, values: list[str]) -> None:
    """With the length of a network or without; those of version 6 between those of version 4."""
    codec = codec_of(type_name)
    assert codec is not None
    found, wanted = both_ways(lambda: codec.encode(pl.Series(values, dtype=pl.String)))
    assert found.equals(wanted)


@pytest.mark.parametrize("spelled", ["010.0.0.1", "10.0.0", "10.0.0.256", "10.0.0.1.", "10.0.0.1 "])
def test_what_is_no_address_is_none_for_the_loop(spelled: str) -> None:
    """Python refuses it, as it refused it before there was a loop."""
    codec = codec_of("inet")
    assert codec is not None
    with pytest.raises(ValueError, match="IPv4"):
        codec.encode(pl.Series([spelled]))


@pytest.mark.parametrize(
    ("type_name", "size"), [("uuid", 16), ("macaddr", 6), ("macaddr8", 8), ("bytea", None)]
)
@given(data=st.data())
def test_bytes_are_printed_and_read_the_same(
    type_name: str, size: int | None, data: st.DataObject
) -> None:
    """NULL stays NULL; letters of both cases are digits."""
    octets = st.binary(min_size=size or 0, max_size=size or 70)
    wire = pa.array(data.draw(st.lists(octets | st.none(), max_size=6)), pa.binary())
    codec = codec_of(type_name)
    assert codec is not None
    text, wanted = both_ways(lambda: codec.decode(wire).to_list())
    assert text == wanted
    upper = [value and value.replace("x", "X").upper().replace("\\X", "\\x") for value in text]
    for spelled in (text, upper):
        series = pl.Series(spelled, dtype=pl.String)
        again, other = both_ways(lambda series=series: codec.encode(series))
        assert again.equals(wire)
        assert other.equals(wire)
    assert codec.decode(wire.slice(1)).to_list() == text[1:]


@given(
    words=st.lists(st.integers(0, 2**64 - 1), max_size=6),
    alphabet=st.sampled_from([b"0123456789abcdef", b"abc", b"ab", b"89ab", b"0123456789xyz"]),
    count=st.integers(1, 15),
    word=st.integers(0, 3),
)
def test_letters_are_spelled_the_same(
    words: list[int], alphabet: bytes, count: int, word: int
) -> None:
    """Of alphabets whose size is a power of two, and of others."""
    drawn = DigestWords(
        np.array([[each ^ place for place in range(4)] for each in words], np.uint64).reshape(-1, 4)
    )
    found, wanted = both_ways(lambda: drawn.letters(alphabet, count, word).tolist())
    assert found == wanted


def test_a_numeric_that_lies_is_refused() -> None:
    """It says that it has more digits than there are bytes."""
    with pytest.raises(ValueError, match="shorter than what it says"):
        numeric_texts(pa.array([b"\0\x09\0\0\0\0\0\0\0\x01"], pa.binary()))


@settings(max_examples=40)
@given(
    values=st.lists(SPELLED, min_size=1, max_size=6),
    words=st.lists(st.integers(0, 2**64 - 1), min_size=6, max_size=6),
)
def test_dates_move_the_same(values: list[str], words: list[int]) -> None:
    """In any spelling, with a time behind them or without."""
    dates, steps = pl.Series(values), np.array(words[: len(values)], np.uint64)
    found, wanted = both_ways(lambda: shifted(dates, steps, 30).to_list())
    assert found == wanted
    (days, known), (other_days, other_known) = both_ways(lambda: days_of(dates))
    assert (days[known].tolist(), known.tolist()) == (
        other_days[other_known].tolist(),
        other_known.tolist(),
    )
    printed, wanted = both_ways(lambda: iso_dates(days).to_list())
    assert printed == wanted


@given(
    size=st.integers(LARGEST_TABLE + 1, 2**63),
    places=st.lists(st.integers(0, 2**63), max_size=20),
    key=st.binary(min_size=1, max_size=8),
)
@example(2**63, [0, 2**63 - 1], b"k")
@example(LARGEST_TABLE + 1, list(range(20)), b"k")
def test_numbers_are_permuted_the_same(size: int, places: list[int], key: bytes) -> None:
    """Below any size, and none becomes itself."""
    numbers = np.array([place % size for place in places], np.uint64)
    found, wanted = both_ways(lambda: permutation(key, size)(numbers).tolist())
    assert found == wanted
    assert all(
        number != other < size for number, other in zip(numbers.tolist(), found, strict=True)
    )
