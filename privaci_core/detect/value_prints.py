"""Remembers some values of a sample as numbers, to see whether another column has them too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Of each column those of the least numbers are kept: of two columns that share values, the same.
KEPT = 128
# What identifies wherever it is: an address, two words, a code, a long number.
IDENTIFYING = re.compile(r"\S+@\S+|(?=(?:.*[^\W\d_]){10}).*\w\W+\w.*|(?=.*\d)[\w-]{12,}|\+?\d{9,}")


def prints_of(values: Iterable[str]) -> frozenset[int]:
    """Numbers that stand for values, in this process alone; case and outer blanks do not count."""
    found = {hash(text) for value in values if IDENTIFYING.fullmatch(text := value.strip().lower())}
    return frozenset(sorted(found)[:KEPT])
