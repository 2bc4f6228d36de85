"""Which numbers count up, how many are there by chance, and which are a surprise."""

from __future__ import annotations

import numpy as np
import pytest

from privaci_core.prove.search.chance import count_up, expected, is_chance

pytestmark = pytest.mark.unit


def lengths(**counts: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """How many numbers of so many digits: `d7=3` stands for three of seven digits."""
    found = np.zeros(41, np.int64)
    for name, count in counts.items():
        found[int(name[1:])] = count
    return found


@pytest.mark.parametrize(
    ("counts", "sample", "is_dense"),
    [
        ({}, [], False),
        ({"d6": 100}, list(range(100_000, 100_100)), True),
        ({"d6": 100}, list(range(100_000, 900_000, 8_000)), False),
        # One that is far away does not hide the others.
        ({"d6": 100}, [*range(100_000, 100_099), 999_999], True),
        ({"d6": 3}, [100_000, 100_001, 100_002], False),
        ({"d6": 4}, [100_000, 100_001, 100_002, 100_003], True),
        # The length that most numbers have decides.
        ({"d6": 5, "d9": 100}, list(range(100_000_000, 100_000_100)), True),
        ({"d6": 5, "d9": 100}, list(range(100_000, 100_005)), False),
        ({"d7": 10_000}, list(range(1_000_000, 9_000_000, 80_000)), False),
        ({"d7": 200_000}, list(range(1_000_000, 9_000_000, 80_000)), True),
    ],
)
def test_numbers_that_count_up(counts: dict[str, int], sample: list[int], is_dense: bool) -> None:  # noqa: FBT001
    """They fill more than a hundredth of the range that the middle half of them has."""
    assert count_up(lengths(**counts), sample) == is_dense


def test_what_chance_makes() -> None:
    """A number of six digits is one of 900,000; lengths add up, and do not mix."""
    assert expected(lengths(d6=900), lengths(d6=1000)) == pytest.approx(1.0)
    assert expected(lengths(d6=900), lengths(d7=1000)) == 0
    both = expected(lengths(d6=900, d7=9000), lengths(d6=1000, d7=1000))
    assert both == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("found", "mean", "is_no_surprise"),
    [
        (0, 0.0, True),
        (1, 0.0009, False),
        (1, 0.0011, True),
        (2, 0.0011, False),
        (5, 5.0, True),
        (12, 5.0, True),
        (14, 5.0, False),
        (300, 250.0, True),
        (499, 250.0, True),
        (500, 250.0, False),
    ],
)
def test_a_surprise(found: int, mean: float, is_no_surprise: bool) -> None:  # noqa: FBT001
    """One in a thousand columns may have so many by chance."""
    assert is_chance(found, mean) == is_no_surprise
