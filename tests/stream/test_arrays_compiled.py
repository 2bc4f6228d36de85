"""The loops over arrays write what Python writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from privaci_core.compiled import loops
from privaci_core.masks.base.array_text import printed
from privaci_core.stream.arrays import each_element, elements_of

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.unit

LETTERS = 'aN\u00e9"\\{},=[] \t\n\x0b\u00a0nulNULL'
ELEMENTS = st.none() | st.text(st.sampled_from(LETTERS), max_size=6) | st.sampled_from(["NULL", ""])
NESTED = st.recursive(st.lists(ELEMENTS, max_size=4), lambda inner: st.lists(inner, max_size=3))
FAKES = st.none() | st.text(st.sampled_from(LETTERS), max_size=6)


def spelled(array: Sequence[object]) -> str:
    """An array as Postgres prints it."""
    parts = (spelled(e) if isinstance(e, list) else printed(e) for e in array)  # type: ignore[arg-type]
    return "{" + ",".join(parts) + "}"


@given(
    arrays=st.lists(NESTED.map(spelled) | NESTED.map(lambda a: f"[2:9]={spelled(a)}"), max_size=6),
    fakes=st.lists(FAKES, min_size=1, max_size=5),
)
@example(["{}", "[0:1]={a,NULL}", '{"a\\"b","\\\\"}', '{{"a b"},{null}}'], ["x y", None, ""])
def test_arrays_are_masked_the_same(arrays: list[str], fakes: list[str | None]) -> None:
    """Bounds, nesting, quotes, escapes and NULL, in the elements and in what replaces them."""

    def drawn(values: pl.Series) -> pl.Series:
        made = [fakes[len(value) % len(fakes)] for value in values]
        return pl.Series(made, dtype=pl.String)

    values = pl.Series(arrays, dtype=pl.String)
    found, elements = each_element(drawn)(values).to_list(), elements_of(values).to_list()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loops, "LOADED", False)
        assert found == each_element(drawn)(values).to_list()
        assert elements == elements_of(values).to_list()


def test_what_is_no_array_is_refused() -> None:
    """It would have more elements than there is room for."""
    with pytest.raises(ValueError, match="more elements"):
        elements_of(pl.Series(['a""a""a""a""a""']))
