"""Numbers are sorted, and each is there once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaci_core.choose.distinct import distinct

pytestmark = pytest.mark.unit


@given(numbers=st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 3)))
def test_each_number_is_there_once(numbers: list[int]) -> None:
    """As a set has them, in order; none of none."""
    assert distinct(np.array(numbers, np.uint64)).tolist() == sorted(set(numbers))
