"""Values of many columns are looked at together, and marked as they are one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from privaci_core.prove.search import likeness
from privaci_core.prove.search.forms import Likeness
from privaci_core.prove.search.likeness import Gathered

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Added = tuple[int, list[str], list[int]]

pytestmark = pytest.mark.unit

COLUMNS = 50
LOOKS = (
    pl.when(pl.col("value").str.contains("@"))
    .then(Likeness.UNLIKE_FAKES.value)
    .otherwise(Likeness.BY_WORDS.value)
    .cast(pl.UInt8)
)


class Index:
    """Keeps what is added to it."""

    def __init__(self) -> None:
        self.added: list[Added] = []

    def add(
        self, column: int, values: pa.LargeStringArray, marks: np.ndarray[tuple[int], np.dtype]
    ) -> None:
        """Keep values and marks of one column."""
        self.added.append((column, values.to_pylist(), marks.tolist()))


def values_of(column: int) -> pl.Series:
    """A column's values, with one that is NULL."""
    return pl.Series([f"ann{column}@org.example.test", None, f"word {column}"], dtype=pl.String)


def test_values_of_many_columns_are_looked_at_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each column keeps its own values and marks, and its NULLs are none of them."""
    index, calls, select = Index(), [], pl.DataFrame.select
    monkeypatch.setattr(
        pl.DataFrame, "select", lambda *given: (calls.append(given), select(*given))[1]
    )
    gathered = Gathered(index, LOOKS)  # type: ignore[arg-type]
    for column in range(COLUMNS):
        gathered.add(column, values_of(column))
    gathered.flush()
    marks = [Likeness.UNLIKE_FAKES.value, Likeness.BY_WORDS.value]
    assert index.added == [
        (column, [f"ann{column}@org.example.test", f"word {column}"], marks)
        for column in range(COLUMNS)
    ]
    assert len(calls) == 1


def test_long_values_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is bounded by its bytes, so that large tables take no more memory than before."""
    index = Index()
    monkeypatch.setattr(likeness, "TOGETHER_BYTES", 1000)
    gathered = Gathered(index, LOOKS)  # type: ignore[arg-type]
    gathered.add(0, pl.Series(["a" * 600]))
    assert index.added == []
    gathered.add(0, pl.Series(["b" * 600]))
    assert [values for _, values, _ in index.added] == [["a" * 600], ["b" * 600]]


def test_nothing_is_added_of_no_values() -> None:
    """A column of NULLs alone adds nothing, and flushing twice adds nothing more."""
    index = Index()
    gathered = Gathered(index, LOOKS)  # type: ignore[arg-type]
    gathered.add(0, pl.Series([None], dtype=pl.String))
    gathered.flush()
    gathered.flush()
    assert index.added == []
