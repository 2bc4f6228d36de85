"""A column that cannot hold a mask's values is refused before a row is read, with a remedy."""

from __future__ import annotations

from typing import Any

import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Keys, Shape, Unbindable, bind, bind_to_row

pytestmark = pytest.mark.unit

UNIQUE = Shape(unique=True)


def refused(action: dict[str, Any], shape: Shape, keys: Keys = KEYS) -> str:
    """Why an action is refused for a column; the remedy is never left out."""
    rule: Any = ACTIONS.validate_python(action)
    bound = bind_to_row if action["action"] == "template" else bind
    with pytest.raises(Unbindable) as caught:
        bound(rule, shape, keys)
    assert caught.value.remedy
    return caught.value.reason


def fake(provider: str, **more: Any) -> dict[str, Any]:
    """A rule."""
    return {"action": "fake", "provider": provider, **more}


def of(type_name: str, **more: Any) -> Shape:
    """A column."""
    return Shape(type_name=type_name, **more)


@pytest.mark.parametrize(
    ("action", "shape", "why"),
    [
        (fake("iban"), of("varchar", max_length=10), "has 22 characters, the column holds 10"),
        (fake("email"), of("varchar", max_length=15), "the provider email"),
        (fake("last_name"), of("varchar", max_length=1), "no two words"),
        (fake("user_agent"), of("varchar", max_length=20), "no two user agents"),
        (fake("phone"), of("numeric", unique=True), "more than 18 digits"),
        (fake("email", params={"locale": "xx_XX"}), of("text"), "locale xx_XX"),
        (fake("email"), of("date"), "a date cannot hold"),
        (fake("email"), of("jsonb"), "a jsonb cannot hold"),
        (fake("email"), of("int4"), "a number cannot be"),
        (fake("phone"), of("int4"), "too large"),
        (fake("postcode"), of("numeric", precision=6, scale=2), "too large"),
        (fake("email"), of("mood", labels=("only",)), "no other label"),
        *((fake(name), UNIQUE, "do not stay unique") for name in ("dob", "mac_address")),
        *(
            (fake(name), UNIQUE, "do not stay unique")
            for name in ("lat_lon", "password", "password_hash")
        ),
        (
            {"action": "hash"},
            of("varchar", max_length=8, unique=True),
            "8 digits cannot stay unique",
        ),
        ({"action": "hash"}, of("point"), "a point cannot hold a hash"),
        ({"action": "hash"}, of("numeric"), "more than 18 digits"),
        ({"action": "null"}, Shape(not_null=True), "NOT NULL"),
        ({"action": "static", "value": "x"}, UNIQUE, "cannot stay unique"),
        ({"action": "static", "value": "long"}, of("varchar", max_length=3), "has 4 characters"),
        ({"action": "static", "value": "x"}, of("int4"), "no int4"),
        ({"action": "static", "value": "40000"}, of("int2"), "no int2"),
        ({"action": "static", "value": "maybe"}, of("bool"), "no bool"),
        ({"action": "static", "value": "x"}, of("mood", labels=("a", "b")), "no label"),
        ({"action": "regex_mask", "pattern": "a", "replace": "b"}, UNIQUE, "does not stay unique"),
        ({"action": "partial", "first": 1}, of("int4"), "cannot rewrite a int4"),
        ({"action": "template", "template": "{a}"}, UNIQUE, "unique"),
        ({"action": "template", "template": "{a}"}, of("int4"), "a template is text"),
        ({"action": "template", "template": "{a}"}, of("date"), "a template is text"),
        ({"action": "noise", "ratio": 0.1}, of("text"), "not a number"),
        ({"action": "noise", "ratio": 0.1}, of("int4", unique=True), "does not stay unique"),
        (
            {"action": "noise", "ratio": 0.1, "minimum": 1.2, "maximum": 1.4},
            of("int4"),
            "no two whole numbers",
        ),
        ({"action": "generalize", "to": "month"}, of("date", unique=True), "many values one"),
        ({"action": "generalize", "to": "month"}, of("text"), "no month"),
        ({"action": "generalize", "to": "hour"}, of("date"), "no hour"),
        ({"action": "generalize", "step": 10}, of("text"), "no multiples"),
        ({"action": "generalize", "step": 0.5}, of("int4"), "not a whole number"),
        ({"action": "generalize", "prefix": 2}, of("int4"), "no first characters"),
        ({"action": "generalize", "network": 8}, of("int4"), "no network"),
        ({"action": "bucket", "edges": [1, 2]}, of("int4", unique=True), "many values one"),
        (
            {"action": "bucket", "edges": [1, 2], "labels": ["a", "b", "c"]},
            of("int4"),
            "cannot hold labels",
        ),
        ({"action": "bucket", "edges": [1, 2]}, of("varchar", max_length=2), "do not fit"),
        ({"action": "fpe"}, of("date"), "cannot be encrypted"),
        ({"action": "fpe", "alphabet": "letters"}, of("citext", unique=True), "both cases"),
        ({"action": "date_shift"}, of("int4"), "holds no dates"),
        ({"action": "date_shift"}, of("date", unique=True), "does not stay unique"),
        ({"action": "date_shift", "subject": "patient_id"}, of("date"), "needs the row"),
        ({"action": "ner_mask"}, of("int4"), "holds no text"),
        ({"action": "ner_mask"}, UNIQUE, "stays unique"),
    ],
)
def test_it_is_refused(action: dict[str, Any], shape: Shape, why: str) -> None:
    """Each pair of action and column that cannot work."""
    assert why in refused(action, shape)


def test_a_pseudonym_needs_its_key() -> None:
    """Without pseudonym_key, what is keyed by it is refused."""
    only_salt = Keys.of(b"a salt of the test suite, long enough")
    assert "pseudonym_key" in refused({"action": "hmac_hash"}, Shape(), only_salt)
    assert "pseudonym_key" in refused(
        {"action": "pseudonym", "provider": "email"}, Shape(), only_salt
    )


def test_a_key_ties_columns_to_the_more_demanding_one() -> None:
    """The shorter length, the narrower integer, and unique if either is."""
    short, wide = of("varchar", max_length=10, unique=True), of("varchar", max_length=30)
    assert wide.linked(short) == short
    assert of("int8").linked(of("int4")).narrowest == "int4"
    assert of("text").linked(of("text")).max_length is None


def test_an_action_without_a_mask_is_refused() -> None:
    """A template is bound across columns, never by itself."""
    with pytest.raises(Unbindable, match="template has no mask"):
        bind(ACTIONS.validate_python({"action": "template", "template": "{a}"}), Shape(), KEYS)
