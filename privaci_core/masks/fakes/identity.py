"""Makes what a state or a machine gives out: numbers of persons, vehicles and things, and places on earth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from privaci_core.masks.base.fixed_width import fixed_width
from privaci_core.masks.base.shape import Unbindable
from privaci_core.masks.keyed.digest import decimal_digits

if TYPE_CHECKING:
    from privaci_core.masks.fakes.request import Make, Want
    from privaci_core.masks.keyed.digest import Draw

SSN_LENGTH, SSN_DIGITS = 12, 10
UUID_LENGTH, UUID_DIGITS = 36, 32
PLATE_LENGTH = 8
PASSWORD = "privaci-test-pw"  # noqa: S105 - the constant that the format promises
# A square around the point of the oceans that is farthest from any land.
SOUTH, WEST = 45, 120
LAT_LON_LENGTH = 22
HEX = b"0123456789abcdef"


def ssn(want: Want) -> Make:
    """A number whose area was never given out; without its dashes where they do not fit."""
    _not_unique("ssn", want)
    want.need("ssn", SSN_DIGITS)
    head = b"000-099-" if want.shape.holds(SSN_LENGTH) else b"000099"
    return lambda values, attempt: fixed_width(head, want.draw("ssn", values, attempt).digits(4))


def uuid(want: Want, provider: str = "uuid") -> Make:
    """122 bits of a digest in the layout of version 4."""
    want.need("uuid", UUID_DIGITS)
    dash = b"-" if want.shape.holds(UUID_LENGTH) else b""
    return lambda values, attempt: _uuid(want.draw(provider, values, attempt), dash)


def license_plate(want: Want) -> Make:
    """Three letters and four digits."""
    _not_unique("license_plate", want)
    want.need("license_plate", PLATE_LENGTH)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = want.draw("license_plate", values, attempt)
        return fixed_width(drawn.letters(b"ABCDEFGHJKLMNPRSTUVWXYZ", 3), b"-", drawn.digits(4))

    return made


def lat_lon(want: Want) -> Make:
    """A latitude and a longitude in the empty South Pacific."""
    _not_unique("lat_lon", want)
    want.need("lat_lon", LAT_LON_LENGTH)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = want.draw("lat_lon", values, attempt)
        south = decimal_digits(drawn.below(5, 2) + np.uint64(SOUTH), 2)
        west = decimal_digits(drawn.below(5, 3) + np.uint64(WEST), 3)
        return fixed_width(
            b"-", south, b".", drawn.digits(6, 0), b",-", west, b".", drawn.digits(6)
        )

    return made


def password(want: Want) -> Make:
    """The one password that everybody has after masking."""
    _not_unique("password", want)
    want.need("password", len(PASSWORD))
    return lambda values, attempt: pl.repeat(PASSWORD, len(values), eager=True)  # noqa: ARG005 - it never changes


def _not_unique(provider: str, want: Want) -> None:
    if want.shape.unique:
        raise Unbindable(
            f"fakes of the provider {provider} do not stay unique", "Use hash, uuid or fpe."
        )


def _uuid(drawn: Draw, dash: bytes) -> pl.Series:
    first, second = drawn.letters(HEX, 15, 0), drawn.letters(HEX, 15, 1)
    variant = drawn.letters(b"89ab", 1, 2)
    groups = (
        first[:, :8],
        dash,
        first[:, 8:12],
        dash,
        b"4",
        first[:, 12:],
        dash,
        variant,
        second[:, :3],
        dash,
    )
    return fixed_width(*groups, second[:, 3:])
