"""Makes the fakes of a column's kind, many at once: a request then takes some of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.testdata.words import a_word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from privaci_core.masks import Mask

# A mask takes about as long for one value as for so many.
POOL = 1024
# Rows of a unique column seldom get the same one of so many.
UNIQUE_POOL = 32_768
# Dates of birth are counted back from here.
TODAY = date(2019, 1, 1)
# Dates of birth of adults, some old.
BORN_BEFORE_DAYS = (18 * 365, 70 * 365)


class Fakes:
    """The fakes of a column; threads may share them."""

    def __init__(self, mask: Mask, kind: str, *, unique: bool) -> None:
        """Make none yet: most columns of a target are never filled."""
        self._mask, self._kind = mask, kind
        self._size = UNIQUE_POOL if unique else POOL
        self._pool: list[str] = []

    def of(self, key: int, attempt: int) -> str:
        """The fake of a number; if that one is taken, one that is made for it alone."""
        if attempt > 0:
            return self._made([key])[0]
        # Two threads may fill the pool at once: with the same fakes.
        self._pool = self._pool or self._made(range(self._size))
        return self._pool[key % self._size]

    def _made(self, keys: Sequence[int]) -> list[str]:
        inputs = pl.Series([_input(self._kind, key) for key in keys], dtype=pl.String)
        return list(self._mask(inputs).to_list())


def _input(kind: str, key: int) -> str:
    """What a fake is made from: of the form that its provider keeps."""
    make = INPUTS.get(kind)
    return format(key, "032x") if make is None else make(key)


def _birth(key: int) -> str:
    least, more = BORN_BEFORE_DAYS
    return (TODAY - timedelta(days=least + key % (more - least))).isoformat()


INPUTS: dict[str, Callable[[int], str]] = {
    "dob": _birth,
    "phone": lambda key: f"+1555{key % 10**7:07d}",
    "email": lambda key: f"{a_word(key, 16)}@example.test",
    "ip_address": lambda key: ".".join(str(key >> shift & 255) for shift in (0, 8, 16, 24)),
    "mac_address": lambda key: ":".join(f"{key >> 8 * place & 255:02x}" for place in range(6)),
    "uuid": lambda key: format(key, "032x"),
    "credit_card": lambda key: str(key % 10**16).rjust(16, "0"),
    "postcode": lambda key: f"{key % 10**5:05d}",
    "ssn": lambda key: f"{key % 10**3:03d}-{key // 1000 % 100:02d}-{key // 10**5 % 10**4:04d}",
    "lat_lon": lambda key: f"{key % 60},{key // 60 % 60}",
}
