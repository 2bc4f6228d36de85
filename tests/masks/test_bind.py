"""Binding: values as Postgres compares them, NULL and empty, and the row's other columns."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS, OTHER_KEYS

from privaci_core.masks import Keys, Shape, Unbindable, bind, bind_to_row, reads

pytestmark = pytest.mark.unit

HASH = {"action": "hash"}
SHIFT = {"action": "date_shift", "days": 300}


def masked(
    action: dict[str, Any], values: list[str | None], keys: Keys = KEYS, **shape: Any
) -> list[Any]:
    """Values masked in one vector."""
    rule = ACTIONS.validate_python(action)
    return bind(rule, Shape(**shape), keys)(pl.Series("c", values, dtype=pl.String)).to_list()


def shifted(values: list[str | None], whose: list[str | None], **more: Any) -> list[Any]:
    """Dates shifted by a subject."""
    rule: Any = ACTIONS.validate_python({**SHIFT, "subject": "who", **more})
    row = {"who": pl.Series(whose, dtype=pl.String)}
    mask = bind_to_row(rule, Shape(type_name="date"), KEYS)
    return mask(pl.Series(values, dtype=pl.String), row).to_list()


def test_trailing_blanks_of_a_char_do_not_count() -> None:
    """Leading ones do: Postgres tells `Ann` from ` Ann` in a char(n)."""
    plain, trailing, leading, both = masked(
        HASH, ["Ann", "Ann   ", "  Ann", "  Ann  "], type_name="bpchar", max_length=16
    )
    assert plain == trailing
    assert leading == both != plain
    assert plain == masked(HASH, ["Ann"], type_name="bpchar", max_length=16)[0]
    (tab,) = masked(HASH, ["Ann\t"], type_name="bpchar", max_length=16)
    assert tab != plain


def test_blanks_count_in_every_other_text() -> None:
    """A varchar keeps them, so two values are two."""
    one, other = masked(HASH, ["Ann", "Ann "], type_name="varchar", max_length=32)
    assert one != other


def test_case_does_not_count_in_citext() -> None:
    """In every other text it does."""
    one, other, blank = masked(HASH, ["Ann", "ANN", "ann "], type_name="citext")
    assert one == other != blank
    one, other = masked(HASH, ["Ann", "ANN"])
    assert one != other


def test_null_replaces_every_value() -> None:
    """None is left, whatever it was, and the column keeps its name and type."""
    mask = bind(ACTIONS.validate_python({"action": "null"}), Shape(), KEYS)
    found = mask(pl.Series("c", ["a", "", None, "b"]))
    assert found.to_list() == [None] * 4
    assert (found.name, found.dtype) == ("c", pl.String)


def test_a_constant_replaces_every_value() -> None:
    """NULL and the empty text stay."""
    assert masked({"action": "static", "value": "x"}, ["a", "", None, "b"]) == ["x", "", None, "x"]


@pytest.mark.parametrize(
    "action",
    [
        HASH,
        {"action": "fake", "provider": "city"},
        {"action": "partial", "first": 1},
        {"action": "fpe", "alphabet": "lower"},
        {"action": "regex_mask", "pattern": "[a-m]", "replace": "x"},
        {"action": "generalize", "prefix": 1},
        {"action": "bucket", "edges": [1]},
        {"action": "ner_mask"},
    ],
)
def test_no_value_is_emptied(action: dict[str, Any]) -> None:
    """A value that is not empty becomes a value that is not empty."""
    found = masked(action, ["a", "bc", "def", "a"])
    assert all(found)
    assert found[0] == found[3]


def test_an_empty_bytea_stays_among_others() -> None:
    """Its text form has two characters, and the values beside it are masked."""
    found = masked(HASH, ["\\x", "\\x00", None], type_name="bytea")
    assert found[0] == "\\x"
    assert len(found[1]) == 66
    assert found[2] is None


def test_the_pseudonym_key_alone_decides_about_pseudonyms() -> None:
    """`fake` and `hash` use the salt, `pseudonym` and `hmac_hash` the other key."""
    other_pseudonym = Keys(salt=KEYS.salt, pseudonym=OTHER_KEYS.pseudonym)
    other_salt = Keys(salt=OTHER_KEYS.salt, pseudonym=KEYS.pseudonym)
    fake, pseudonym = ({"action": name, "provider": "email"} for name in ("fake", "pseudonym"))
    for action, keyed, unkeyed in (
        (fake, other_salt, other_pseudonym),
        (HASH, other_salt, other_pseudonym),
        (pseudonym, other_pseudonym, other_salt),
        ({"action": "hmac_hash"}, other_pseudonym, other_salt),
    ):
        before = masked(action, ["Ann"])
        assert masked(action, ["Ann"], keyed) != before
        assert masked(action, ["Ann"], unkeyed) == before


def test_a_hash_of_any_column_is_the_same() -> None:
    """An alias or a length does not change it, so keys follow one another."""
    (full,) = masked(HASH, ["Ann"])
    (short,) = masked(HASH, ["Ann"], type_name="varchar", max_length=20)
    assert full.startswith(short)
    assert (len(full), len(short)) == (64, 20)


def test_a_unique_hash_needs_sixteen_digits() -> None:
    """They hold 64 bits; one digit less is refused, with what to do."""
    digits = masked(HASH, ["Ann", "Bo"], type_name="varchar", max_length=16, unique=True)
    assert [len(value) for value in digits] == [16, 16]
    with pytest.raises(Unbindable, match="15 digits cannot stay unique") as caught:
        masked(HASH, ["Ann"], type_name="varchar", max_length=15, unique=True)
    assert "widen the column to 16 characters" in caught.value.remedy


def test_dates_without_a_subject_move_by_themselves() -> None:
    """A NULL subject is no subject: each date moves as `date_shift` without a subject moves it."""
    days: list[str | None] = ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"]
    found = shifted(days, [None] * 4)
    assert found == masked(SHIFT, days, type_name="date")
    steps = {
        pl.Series([one, other]).str.to_date().diff()[1]
        for one, other in zip(days, found, strict=True)
    }
    assert len(steps) > 1


def test_a_subject_decides_about_its_dates_alone() -> None:
    """Its neighbours in the block, with a subject or without, make no difference."""
    mixed = shifted(["2020-01-01", "2020-01-01", "2020-01-02", ""], ["a", None, "a", "a"])
    assert mixed[0] == shifted(["2020-01-01"], ["a"])[0]
    assert mixed[1] == shifted(["2020-01-01"], [None])[0]
    assert mixed[2] == shifted(["2020-01-02"], ["a"])[0]
    assert mixed[3] == ""


def test_a_shift_leaves_the_values_it_is_given() -> None:
    """A condition writes them back where it is false, so they must still be the source's."""
    rule: Any = ACTIONS.validate_python({**SHIFT, "subject": "who"})
    values = pl.Series(["2020-01-01", None, "2020-01-02"])
    row = {"who": pl.Series(["a", "a", None])}
    found = bind_to_row(rule, Shape(type_name="date"), KEYS)(values, row)
    assert values.to_list() == ["2020-01-01", None, "2020-01-02"]
    assert found.to_list() != values.to_list()


def test_tables_with_one_alias_shift_a_subject_alike() -> None:
    """Another alias, or none, shifts it otherwise."""
    days: list[str | None] = ["2020-01-01", "2020-06-01"]
    whose: list[str | None] = ["a", "b"]
    assert shifted(days, whose, seed_alias="people") != shifted(days, whose)
    assert shifted(days, whose, seed_alias="people") == shifted(days, whose, seed_alias="people")


def test_what_an_action_reads() -> None:
    """A subject, a template's columns, else nothing."""
    rules = (
        {**SHIFT, "subject": "who"},
        SHIFT,
        {"action": "template", "template": "{a}-{b}-{a}"},
        HASH,
    )
    found = [reads(ACTIONS.validate_python(rule)) for rule in rules]
    assert found == [("who",), (), ("a", "b"), ()]


def test_a_shift_by_subject_refuses_what_holds_no_date() -> None:
    """As one without a subject does."""
    rule: Any = ACTIONS.validate_python({**SHIFT, "subject": "who"})
    for shape in (Shape(type_name="int4"), Shape(type_name="varchar", max_length=9)):
        with pytest.raises(Unbindable, match="holds no dates"):
            bind_to_row(rule, shape, KEYS)
    assert bind_to_row(rule, Shape(type_name="varchar", max_length=10), KEYS)
