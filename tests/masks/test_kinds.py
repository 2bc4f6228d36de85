"""Promises of single masks beyond the laws."""

from __future__ import annotations

import sys
from datetime import date
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from masks.cases import ACTIONS, KEYS
from masks.values import DATES, E164

from privaci_core.masks import Shape, Unbindable, bind, bind_to_row, reads
from privaci_core.masks.base.pools import pool_within
from privaci_core.policy import Fake, known_providers

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit
few = settings(max_examples=25)


def masked(
    action: dict[str, Any], values: list[str | None], shape: Shape | None = None
) -> list[Any]:
    """Values masked in one vector."""
    rule = ACTIONS.validate_python(action, context={"providers": known_providers()})
    return bind(rule, shape or Shape(), KEYS)(pl.Series(values, dtype=pl.String)).to_list()


def across(
    action: dict[str, Any], values: list[str | None], row: dict[str, list[str | None]], **shape: Any
) -> list[Any]:
    """Values masked beside other columns of their rows."""
    rule: Any = ACTIONS.validate_python(action)
    assert set(reads(rule)) == set(row)
    columns = {name: pl.Series(name, column, dtype=pl.String) for name, column in row.items()}
    return bind_to_row(rule, Shape(**shape), KEYS)(
        pl.Series(values, dtype=pl.String), columns
    ).to_list()


@few
@given(DATES)
def test_a_day_of_birth_is_at_most_five_years_away(value: str) -> None:
    """Leap days included."""
    found = date.fromisoformat(
        masked({"action": "fake", "provider": "dob"}, [value], Shape(type_name="date"))[0]
    )
    assert abs((found - date.fromisoformat(value)).days) <= 5 * 365 + 1


@few
@given(E164)
def test_a_phone_number_keeps_its_country_and_reaches_nobody(value: str) -> None:
    """The code of the country stands before the reserved area."""
    found = masked({"action": "fake", "provider": "phone"}, [value])[0]
    assert found[1] == value[1]
    assert "555" in found[:5] or "000" in found[:7]


def test_addresses_of_machines_are_of_documentation() -> None:
    """Of the version of the input; a network keeps its length."""
    found = masked(
        {"action": "fake", "provider": "ip_address"},
        ["10.1.2.3", "fe80::1", "10.0.0.0/8"],
        Shape(type_name="inet"),
    )
    assert ip_address(found[0]).version == 4
    assert found[1].startswith("2001:db8:")
    assert found[2].endswith("/8")


def test_one_person_has_one_name_everywhere() -> None:
    """Parts of a full name become what columns of the parts get, in any order and case."""
    first = masked({"action": "fake", "provider": "first_name"}, ["Olga"])[0]
    last = masked({"action": "fake", "provider": "last_name"}, ["van Dyk"])[0]
    full = {"action": "fake", "provider": "full_name"}
    assert masked(full, ["Olga van Dyk", "van Dyk, Olga", "DR. OLGA VAN DYK", "Dyk"]) == [
        f"{first} {last}",
        f"{last}, {first}",
        masked(full, ["OLGA VAN DYK"])[0],
        masked({"action": "fake", "provider": "last_name"}, ["dyk"])[0],
    ]


PLUGIN = """
import polars as pl

ASKED = []


def other_word(values, digests):
    ASKED.append(digests.to_list())
    return values if len(ASKED) == 1 else pl.Series(["other word"] * len(values))
"""


def test_a_plugin_brings_a_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that answers with the input is called again, under another key; long fakes are cut."""
    (tmp_path / "words_of_ours.py").write_text(PLUGIN)
    info = tmp_path / "words_of_ours-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: words-of-ours\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[privaci.providers]\nother_word = words_of_ours:other_word\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    rule = {"action": "fake", "provider": "other_word"}
    assert masked(rule, ["word"], Shape(type_name="varchar", max_length=5)) == ["other"]
    assert masked(rule, ["word"]) == ["other word"]
    first, again, _ = sys.modules["words_of_ours"].ASKED
    assert first != again
    with pytest.raises(Unbindable, match="unique"):
        masked(rule, ["word"], Shape(unique=True))


def test_a_plugin_that_is_gone_is_missed() -> None:
    """A policy that was read where it is installed may be used where it is not."""
    rule = Fake.model_construct(action="fake", provider="gone", params={}, seed_alias=None)
    with pytest.raises(Unbindable, match="not installed"):
        bind(rule, Shape(), KEYS)


def test_null_makes_nothing_of_everything() -> None:
    """Also of what is empty."""
    assert masked({"action": "null"}, ["a", "", None]) == [None, None, None]


def test_passthrough_changes_nothing() -> None:
    """Not a letter."""
    assert masked({"action": "passthrough"}, ["a", "", None]) == ["a", "", None]


def test_a_shuffle_moves_every_row() -> None:
    """Each value goes to another row; without an alias, NULL and empty text stay."""
    values: list[str | None] = [f"value {n}" for n in range(50)]
    found = masked({"action": "shuffle"}, [*values, None, ""])
    assert found[-2:] == [None, ""]
    assert sorted(found[:-2]) == sorted(v for v in values if v)
    assert all(a != b for a, b in zip(values, found[:-2], strict=True))
    assert masked({"action": "shuffle"}, ["alone", None]) == ["alone", None]


def test_columns_that_share_an_alias_move_together() -> None:
    """So that pairs stay pairs."""
    action = {"action": "shuffle", "seed_alias": "pair"}
    left = masked(action, ["a", None, "c", "d"])
    right = masked(action, ["1", "2", "3", None])
    assert set(zip(left, right, strict=True)) == {("a", "1"), (None, "2"), ("c", "3"), ("d", None)}


def test_dates_of_one_subject_keep_their_distances() -> None:
    """Dates of one subject move alike, and those of another subject differently."""
    days: list[str | None] = ["2020-01-01", "2020-03-01", "2021-01-01", "2020-01-01", None, ""]
    whose: list[str | None] = ["a", "a", "a", "b", "a", None]
    found = across({"action": "date_shift", "subject": "who", "days": 300}, days, {"who": whose})
    moved = [date.fromisoformat(value) for value in found[:4]]
    assert (moved[1] - moved[0]).days == 60
    assert (moved[2] - moved[0]).days == 366
    assert moved[0] not in {moved[3], date(2020, 1, 1)}
    assert found[4:] == [None, ""]
    action = {"action": "date_shift", "subject": "who"}
    assert across(action, [None], {"who": ["a"]}, type_name="date") == [None]
    lone = across(action, ["2020-01-01", "2020-01-02"], {"who": [None, None]}, type_name="date")
    assert lone[0] != "2020-01-01"


def test_a_template_is_filled_from_the_masked_row() -> None:
    """Every spelling; NULL is nothing; empty stays empty; what is too long is cut."""
    action = {
        "action": "template",
        "template": "{{{first:initial}}}.{last:lower}-{last:upper} {first}",
    }
    row: dict[str, list[str | None]] = {"first": ["ann", None, "x"], "last": ["Ro", "Ro", "x"]}
    assert across(action, ["old", "old", ""], row) == ["{A}.ro-RO ann", "{}.ro-RO ", ""]
    assert across(action, ["old", None, ""], row, type_name="varchar", max_length=4) == [
        "{A}.",
        None,
        "",
    ]
    assert reads(ACTIONS.validate_python({"action": "hash"})) == ()


def test_numbers_stay_within_bounds_and_type() -> None:
    """Also at the end of what the type holds."""
    edge = 2**63 - 1
    action = {"action": "noise", "ratio": 1.0}
    for found in masked(action, [str(edge), str(-edge - 1), "0"], Shape(type_name="int8")):
        assert -edge - 1 <= int(found) <= edge
    bounded = {"action": "noise", "amount": 10, "minimum": 0, "maximum": 5}
    assert all(
        0 <= int(v) <= 5
        for v in masked(bounded, [str(n) for n in range(6)], Shape(type_name="int4"))
    )
    assert masked(action, ["NaN"], Shape(type_name="numeric")) == ["NaN"]
    tight = {"action": "noise", "amount": 5, "decimals": 0}
    assert all(
        abs(float(v)) <= 9.9
        for v in masked(tight, ["9.9", "-9.9"], Shape(type_name="numeric", precision=2, scale=1))
    )


def test_a_real_moves_within_its_share() -> None:
    """A type without digits to count keeps six of them."""
    found = masked({"action": "noise", "ratio": 0.5}, ["1.5"], Shape(type_name="float4"))[0]
    assert 0.75 <= float(found) <= 2.25
    assert found != "1.5"


def test_infinity_is_no_day() -> None:
    """It identifies no person; years of more than four digits become years of the calendar."""
    kept = ["infinity", "-infinity"]
    for action in (
        {"action": "hash"},
        {"action": "date_shift"},
        {"action": "fake", "provider": "dob"},
    ):
        assert masked(action, list(kept), Shape(type_name="date")) == kept
    odd = masked(
        {"action": "hash"}, ["0044-03-15 BC", "12024-01-01"], Shape(type_name="date", unique=True)
    )
    assert all(date.fromisoformat(value) for value in odd)


def test_periods_of_any_date() -> None:
    """A date that the library cannot read keeps only its year."""
    month = {"action": "generalize", "to": "month"}
    assert masked(month, ["2020-05-17", "0044-03-15 BC", "infinity"], Shape(type_name="date")) == [
        "2020-05-01",
        "0044-01-01 BC",
        "infinity",
    ]


def test_what_is_no_number_and_no_address_is_other() -> None:
    """Text columns hold anything."""
    assert masked({"action": "bucket", "edges": [10]}, ["5", "50", "n/a"]) == [
        "<10",
        ">=10",
        "other",
    ]
    assert masked({"action": "generalize", "network": 8}, ["10.1.2.3", "n/a"]) == [
        "10.0.0.0/8",
        "other",
    ]
    assert masked(
        {"action": "bucket", "edges": [10.5]}, ["5", "50"], Shape(type_name="numeric")
    ) == ["0", "10.5"]


def test_numbers_at_the_lower_end_are_rounded_up() -> None:
    """Down would leave the type."""
    action = {"action": "generalize", "step": 1000}
    assert masked(action, ["-32768", "1999"], Shape(type_name="int2")) == ["-32000", "1000"]


def test_an_empty_bytea_stays_empty() -> None:
    """Its text form is not the empty text."""
    assert masked({"action": "hash"}, ["\\x", None], Shape(type_name="bytea")) == ["\\x", None]


def test_a_numeric_without_digits_to_permute_stays() -> None:
    """NaN and infinity are no keys."""
    found = masked(
        {"action": "hash"},
        ["NaN", "1.50", "-2.00"],
        Shape(type_name="numeric", precision=8, scale=2),
    )
    assert found[0] == "NaN"
    assert found[1] not in {"1.50", "1.5"}
    assert found[2].startswith("-")


def test_a_value_of_the_fill_alone_is_filled_with_another() -> None:
    """Nothing is masked to itself."""
    assert masked({"action": "partial", "fill": "*"}, ["***"]) == ["###"]


@pytest.mark.parametrize("room", [4, 5, 6, 7, 8])
def test_a_short_name_is_not_its_own_stand_in(room: int) -> None:
    """Where the full fake does not fit, the short one is drawn again if it is the value."""
    names: list[str | None] = [*pool_within("last_name", "en_US", room)]
    shape = Shape(type_name="varchar", max_length=room)
    found = masked({"action": "fake", "provider": "full_name"}, names, shape)
    assert all(fake != name and len(fake) <= room for name, fake in zip(names, found, strict=True))
