"""Blocks of COPY text rows: what cuts them, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from privaci_core.stream import mask_rows, text_rows_compiled
from privaci_core.stream.binary_rows import Rows

pytestmark = pytest.mark.unit


def test_blocks_of_text_are_cut_by_loops() -> None:
    """The way that a stream takes if the loops are there."""
    assert mask_rows.wire_of("text") is text_rows_compiled


def test_a_row_of_too_few_fields_is_refused() -> None:
    """Two fields where three are to be masked."""
    with pytest.raises(ValueError, match="shorter than"):
        text_rows_compiled.split(Rows(b"a\tb\n", np.array([4])), 3)
