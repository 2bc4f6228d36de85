"""Values that wrap addresses and numbers: the syntax stays, what it wraps becomes a fake."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Shape, Unbindable, bind
from privaci_core.masks.text.around import originals_inside

pytestmark = pytest.mark.unit


def masked(provider: str, *values: str, shape: Shape | None = None, **params: str) -> list[Any]:
    """Values masked in one vector."""
    rule = {"action": "fake", "provider": provider, "params": params}
    action = ACTIONS.validate_python(rule)
    return bind(action, shape or Shape(), KEYS)(pl.Series(values, dtype=pl.String)).to_list()


def alone(provider: str, value: str) -> str:
    """What a column's mask makes of a value by itself."""
    found: str = masked(provider, value)[0]
    return found


ADA = "ada@corp.example"


@pytest.mark.parametrize(
    ("wrapped", "becomes"),
    [
        (ADA, "{ada}"),
        (f"Ada Kestrel <{ADA}>", "{name} <{ada}>"),
        (f'"Ada Kestrel" <{ADA}>', '"{name}" <{ada}>'),
        (f"Ada <{ADA}>", "{given} <{ada}>"),
        (f"{ADA} (Ada Kestrel)", "{ada} ({name})"),
        (f"{ADA}; lin@corp.example", "{ada}; {lin}"),
        (f"{ADA},lin@corp.example", "{ada},{lin}"),
        (f"mailto:{ADA}", "mailto:{ada}"),
        (f"u={ADA};", "u={ada};"),
        (f"session=k7Ha; u={ADA}", "session=redacted; u={ada}"),
        ("/reset?email=ada%40corp.example", "/reset?email={coded}"),
        (
            "https://corp.example/users/ada-kestrel?email=ada%40corp.example&code=1234",
            "https://example.test/users/redacted?email={coded}&code=0000",
        ),
        (f"please tell {ADA} about it", "redacted {ada} redacted"),
        (f"ada={ADA}", "redacted={ada}"),
        (f"&lt;{ADA}&gt;", "&lt;{ada}&gt;"),
        (f'{{"email":"{ADA}"}}', '{{"email":"{ada}"}}'),
    ],
)
def test_an_address_is_masked_inside_its_value(wrapped: str, becomes: str) -> None:
    """As it is masked alone; names beside it become names, and all that is not syntax goes."""
    ada = alone("email", ADA)
    expected = becomes.format(
        ada=ada,
        lin=alone("email", "lin@corp.example"),
        coded=ada.replace("@", "%40"),
        name=alone("full_name", "Ada Kestrel"),
        given=alone("first_name", "Ada"),
    )
    assert masked("email", wrapped, around="keep") == [expected]


@pytest.mark.parametrize(
    ("provider", "value", "wrapped"),
    [
        ("ip_address", "192.0.2.77", "{}:443"),
        ("ip_address", "192.0.2.77", "{}, 10.0.0.1"),
        ("ip_address", "192.0.2.77", "for={};proto=https"),
        ("ip_address", "2001:db8::77", "[{}]:443"),
        ("mac_address", "00:00:5e:00:53:01", "{}-eth0"),
        ("mac_address", "00-00-5e-00-53-01", "{} (port 7)"),
        ("phone", "+1 555 010 0199", "tel:{}"),
        ("phone", "(02) 5550 5432", "{} / +1 555 010 0198"),
        ("phone", "07700 900101", "home: {}"),
    ],
)
def test_a_number_is_masked_inside_its_value(provider: str, value: str, wrapped: str) -> None:
    """As it is masked alone, with the port, the suffix or the label that it had."""
    others = {
        other: alone(provider, other)
        for other in ("10.0.0.1", "+1 555 010 0198")
        if other in wrapped
    }
    expected = wrapped.format(alone(provider, value)).replace("port 7", "port 0")
    for other, fake in others.items():
        expected = expected.replace(other, fake)
    assert masked(provider, wrapped.format(value), around="keep") == [expected]


def test_a_value_that_wraps_nothing_becomes_one_fake() -> None:
    """Of words, and where what would be made is too long for the column."""
    assert masked("email", "unknown", around="keep") == masked("email", "unknown")
    shape = Shape(type_name="varchar", max_length=40)
    wrapped = f"Ada Kestrel <{ADA}>"
    (found,) = masked("email", wrapped, around="keep", shape=shape)
    assert found == masked("email", wrapped, shape=shape)[0]


def test_around_is_said_to_be_kept_or_replaced() -> None:
    """By default a value becomes one fake as a whole, as it always did."""
    wrapped = f"mailto:{ADA}"
    assert masked("email", wrapped, around="replace") == masked("email", wrapped)
    assert masked("email", wrapped) != masked("email", wrapped, around="keep")


def test_a_unique_column_cannot_keep_what_is_around() -> None:
    """Two values may differ in their names alone, which become the same name."""
    with pytest.raises(Unbindable):
        masked("email", ADA, around="keep", shape=Shape(unique=True))


def test_other_types_hold_an_address_alone() -> None:
    """An inet wraps nothing."""
    shape = Shape(type_name="inet")
    assert masked("ip_address", "192.0.2.7", around="keep", shape=shape) == masked(
        "ip_address", "192.0.2.7", shape=shape
    )


def test_a_pseudonym_keeps_what_is_around_it() -> None:
    """Under the pseudonyms' own key."""
    inside = {"action": "pseudonym", "provider": "email", "params": {"around": "keep"}}
    alone = {"action": "pseudonym", "provider": "email"}
    found, expected = (
        bind(ACTIONS.validate_python(rule), Shape(), KEYS)(pl.Series([value])).to_list()[0]
        for rule, value in ((inside, f"mailto:{ADA}"), (alone, ADA))
    )
    assert found == f"mailto:{expected}"


def test_the_originals_of_a_value_are_what_its_mask_replaces() -> None:
    """The address and the name in it; all of a value that wraps nothing."""
    rule = {"action": "fake", "provider": "email", "params": {"around": "keep"}}
    action = ACTIONS.validate_python(rule)
    values = [f"Ada Kestrel <{ADA}>", f"a=1; u={ADA}", "no address"]
    assert set(originals_inside(action, values)) == {"Ada Kestrel", ADA, "no address"}
