"""Makes social security numbers, UUIDs, licence plates and points of the empty ocean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from privaci_core.masks.base.fixed_width import fixed_width
from privaci_core.masks.keyed.digest import decimal_digits
from privaci_core.masks.keyed.numerals import in_form

if TYPE_CHECKING:
    import polars as pl

    from privaci_core.masks.fakes.request import Make, Request
    from privaci_core.masks.keyed.digest import DigestWords

# With their dashes; they are written without where a column is shorter.
SSN_LENGTH, UUID_LENGTH = 12, 36
# As the numbers that are issued are written, with dashes and without.
ISSUED_LENGTH, ISSUED_DIGITS = 11, 9
UUID_DIGITS = 32
PLATE_LETTERS = b"ABCDEFGHJKLMNPRSTUVWXYZ"
# A square around the point of the oceans that is farthest from any land.
SOUTH, WEST = 45, 120
HEX = b"0123456789abcdef"


def ssn(request: Request) -> Make:
    """A number whose area is never issued, as long as fits; in a unique column one of its form."""
    form = request.params.get("form")
    if request.shape.unique or form == "own":
        return of_its_form("ssn", request)
    room = request.shape.room
    if room in {ISSUED_LENGTH, ISSUED_DIGITS} or form == "issued":
        return _issued_form(request, b"-" if request.shape.holds(ISSUED_LENGTH) else b"")
    head = b"000-099-" if request.shape.holds(SSN_LENGTH) else b"000099"
    return lambda values, attempt: fixed_width(head, request.draw("ssn", values, attempt).digits(4))


def of_its_form(provider: str, request: Request) -> Make:
    """Another value of the same form for each, no two the same."""
    masked = in_form(request.key(provider))
    return lambda values, _attempt: masked(values)


def _issued_form(request: Request, dash: bytes) -> Make:
    """The area 000, a group of two digits and a number of four."""

    def made(values: pl.Series, attempt: int) -> pl.Series:
        digits = request.draw("ssn", values, attempt).digits(6)
        return fixed_width(b"000", dash, digits[:, :2], dash, digits[:, 2:])

    return made


def uuid(request: Request, provider: str = "uuid") -> Make:
    """122 bits of a digest in the layout of version 4."""
    request.need(provider, UUID_DIGITS)
    dash = b"-" if request.shape.holds(UUID_LENGTH) else b""
    return lambda values, attempt: _uuid(request.draw(provider, values, attempt), dash)


def license_plate(request: Request) -> Make:
    """Three letters and four digits; one of its form in a unique column."""
    if request.shape.unique:
        return of_its_form("license_plate", request)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = request.draw("license_plate", values, attempt)
        return fixed_width(drawn.letters(PLATE_LETTERS, 3), b"-", drawn.digits(4))

    return made


def empty_ocean(request: Request) -> Make:
    """A latitude and a longitude in the empty South Pacific."""

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = request.draw("lat_lon", values, attempt)
        south = decimal_digits(drawn.below(5, 2) + np.uint64(SOUTH), 2)
        west = decimal_digits(drawn.below(5, 3) + np.uint64(WEST), 3)
        return fixed_width(
            b"-", south, b".", drawn.digits(6, 0), b",-", west, b".", drawn.digits(6)
        )

    return made


def _uuid(drawn: DigestWords, dash: bytes) -> pl.Series:
    first, second = drawn.letters(HEX, 15, 0), drawn.letters(HEX, 15, 1)
    variant = drawn.letters(b"89ab", 1, 2)
    # Groups of 8, 4, 4, 4 and 12 digits; the third begins with the version, the fourth with
    # the variant.
    head = (first[:, :8], dash, first[:, 8:12], dash, b"4", first[:, 12:], dash)
    return fixed_width(*head, variant, second[:, :3], dash, second[:, 3:])
