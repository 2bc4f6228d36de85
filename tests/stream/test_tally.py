"""The tally of a stream: what changed, what stayed and why, and what must not stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from builders.copies import KEYS, action, masked, table_plan

from privaci_core.codecs.registry import codec_of
from privaci_core.compiled import loops
from privaci_core.errors import CopyError
from privaci_core.stream import mask_rows
from privaci_core.stream.binary_rows import Rows
from privaci_core.stream.bind_columns import bind_leading
from privaci_core.stream.masked_column import MaskedColumn
from privaci_core.stream.tally import Tally

pytestmark = pytest.mark.unit

KEY = bytes(32)
EMAIL = masked("email", action("fake", provider="email"))


@pytest.fixture(params=[True, False], autouse=True)
def with_and_without_loops(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to count are one."""
    if not request.param:
        monkeypatch.setattr(loops, "LOADED", False)


def column(name: str = "email", wire_type: str = "text", **more: Any) -> MaskedColumn:
    """A masked column of a stream."""
    codec = codec_of(wire_type)
    assert codec is not None
    return MaskedColumn(name=name, place=0, codec=codec, mask=lambda values, *_: values, **more)


def tallied(
    before: list[Any], after: list[Any], chosen: list[bool] | None = None, **more: Any
) -> tuple[int, dict[str, int]]:
    """How many values of a column changed, and why others stayed."""
    tally = Tally(table_plan(EMAIL), KEY)
    flags = None if chosen is None else pl.Series(chosen)
    sides = (pa.array(side, pa.binary()) for side in (before, after))
    tally.add_masked(column(**more), *sides, flags)
    found = tally.ledger().columns["email"]
    return found.changed, dict(found.stayed)


def test_each_value_that_stays_has_a_reason() -> None:
    """NULL, empty, and a condition that is not true; all others changed."""
    before = [b"ada@corp.example", None, b"", b"kept@corp.example", None, None]
    after = [b"eve@example.test", None, b"", b"kept@corp.example", b"x@example.test", None]
    flags = [True, True, True, False, True, True]
    assert tallied(before, after, flags) == (2, {"NULL": 2, "empty": 1, "condition": 1})


def test_an_action_that_may_keep_values_is_named() -> None:
    """A text without a name stays, and the ledger says by which action."""
    found = tallied([b"nothing", b"Nimue"], [b"nothing", b"Ada"], may_keep="ner_mask")
    assert found == (1, {"ner_mask": 1})


@pytest.mark.parametrize(
    "value", ["Infinity", "{}", "{NULL,NULL}", '{"",NULL}', "[2:3]={NULL,NULL}", "NaN", "  "]
)
def test_what_is_the_same_for_everyone_may_stay(value: str) -> None:
    """An endless date and an empty array are nobody's."""
    octets = [value.encode()]
    assert tallied(octets, octets) == (0, {"same for everyone": 1})


@pytest.mark.parametrize("value", ["ada@corp.example", '{"Nimue"}', "{0}", "+1 555"])
def test_a_value_that_must_change_and_does_not_stops_the_load(value: str) -> None:
    """It is counted by its column, and not told."""
    octets = [value.encode(), b"other", None]
    with pytest.raises(CopyError, match="1 values of the column email came out") as refused:
        tallied(octets, [value.encode(), b"another", None])
    assert value not in str(refused.value).replace("public.person", "")


def test_values_for_everyone_are_not_counted_as_offences() -> None:
    """Two of three stay because they are the same for everyone; one must not."""
    octets = [b"{}", b"NaN", b"ada@corp.example"]
    with pytest.raises(CopyError, match="Cause: 1 values of the column"):
        tallied(octets, octets)


def test_only_rows_whose_condition_is_true_must_change() -> None:
    """A value that its condition spares is no offence; one in the next row is."""
    both = [b"ada@corp.example", b"bea@corp.example"]
    assert tallied(both, both, [False, False]) == (0, {"condition": 2})
    with pytest.raises(CopyError, match="1 values"):
        tallied(both, both, [False, True])


def test_numbers_are_judged_by_their_text() -> None:
    """The binary form of NaN says nothing; that of a number must change."""
    nan = bytes.fromhex("7ff8000000000000")
    assert tallied([nan], [nan], wire_type="float8") == (0, {"same for everyone": 1})
    with pytest.raises(CopyError):
        tallied([bytes(8)], [bytes(8)], wire_type="int8")


def test_actions_that_may_keep_are_those_of_the_binding() -> None:
    """A fake must change; a template need not."""
    plan = table_plan(EMAIL, masked("nick", action("static", value="x")))
    found = {each.name: each.may_keep for each in bind_leading(plan, KEYS).masked}
    assert found == {"email": "", "nick": "static"}


@pytest.mark.parametrize("form", ["binary", "text"])
def test_a_huge_row_is_in_the_ledger_as_any_other(
    form: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is masked in pieces, so that it is not copied; its sums are those of the whole row."""
    table = table_plan(EMAIL, carried=("note", "more"), format=form)
    written = {
        "binary": b"\0\3\0\0\0\x10ada@corp.example\0\0\0\5a\tb c\xff\xff\xff\xff",
        "text": b"ada@corp.example\ta\\tb c\t\\N\n",
    }[form]
    found = []
    for size in (len(written), len(written) - 1):
        monkeypatch.setattr(mask_rows, "HUGE_ROW_BYTES", size)
        tally = Tally(table, KEY)
        rows = Rows(written, np.array([len(written)], np.int64))
        sent = b"".join(mask_rows.mask_rows(bind_leading(table, KEYS), iter([rows]), tally))
        assert b"ada@corp.example" not in sent
        found.append((sent, tally.ledger()))
    assert found[0] == found[1]
    assert found[0][1].rows == 1
