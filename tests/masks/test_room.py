"""The room that fakes need: a column of just enough characters holds them, one less does not."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Any

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Shape, Unbindable, bind
from privaci_core.masks.base.pools import pool_within
from privaci_core.masks.fakes.network import AGENTS

pytestmark = pytest.mark.unit

VALUES = pl.Series([f"value {number}" for number in range(60)])


def fakes(
    provider: str,
    room: int | None = None,
    values: pl.Series = VALUES,
    locale: str = "en_US",
    **more: Any,
) -> Any:
    """What a provider makes for a column of so many characters."""
    params = {"locale": locale}
    rule = ACTIONS.validate_python({"action": "fake", "provider": provider, "params": params})
    shape = Shape(type_name="varchar" if room else "text", max_length=room, **more)
    return bind(rule, shape, KEYS)(values).to_list()


@pytest.mark.parametrize(
    ("provider", "room", "unique"),
    [
        ("email", len("@example.test") + 6, False),
        ("email", len("@example.test") + 13, True),
        ("username", 6, False),
        ("username", 13, True),
        ("url", len("https://example.test/") + 6, False),
        ("url", len("https://example.test/") + 13, True),
        ("iban", 31, True),
        ("ip_address", len("2001:db8::1111:1111:1111:1111"), True),
        ("user_agent", 13, True),
        ("city", 13, True),
        ("full_name", 13, True),
        ("street", 13, True),
        ("address", 13, True),
        ("uuid", 32, True),
    ],
)
def test_just_enough_room(provider: str, room: int, unique: bool) -> None:  # noqa: FBT001
    """The fakes fill it and stay unique where they must; one character less is refused."""
    found = fakes(provider, room, unique=unique)
    assert {len(fake) for fake in found} == {room}
    assert len(set(found)) == len(found) or not unique
    with pytest.raises(Unbindable, match="characters"):
        fakes(provider, room - 1, unique=unique)


@pytest.mark.parametrize(
    ("provider", "room", "long", "short"),
    [
        ("ssn", 12, r"000-099-\d{4}", r"000-\d\d-\d{4}"),
        ("ssn", 11, r"000-\d\d-\d{4}", r"000099\d{4}"),
        ("ssn", 10, r"000099\d{4}", r"000\d{6}"),
        ("phone", 14, r"\+1555\d{7}", r"\+1555\d{7}"),
        ("phone", 12, r"\+1555\d{7}", r"555\d{7}"),
        ("phone", 10, r"555\d{7}", r"55\d{7}"),
        ("uuid", 36, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", r"[0-9a-f]{32}"),
        ("postcode", 5, r"\d{5}", r"\d{4}"),
        ("country", 3, r"[A-Z]{3}", r"[A-Z]{2}"),
        ("country", 4, r"\w{4}", r"[A-Z]{3}"),
        ("url", 34, r"https://example.test/\w{13}", r"https://example.test/\w{12}"),
    ],
)
def test_the_longer_form_is_written_where_it_fits(
    provider: str, room: int, long: str, short: str
) -> None:
    """Else the shorter one; a column without a length gets the longest."""
    assert all(re.fullmatch(long, fake) for fake in fakes(provider, room))
    assert all(re.fullmatch(short, fake) for fake in fakes(provider, room - 1))
    assert max(map(len, fakes(provider))) >= len(fakes(provider, room)[0])


def test_an_ssn_of_the_issued_form_is_the_same_in_every_column() -> None:
    """With dashes where they fit; `000-099-XXXX` fits no field that checks the form."""
    rule = {"action": "fake", "provider": "ssn", "params": {"form": "issued"}}
    for room, form in ((None, r"000-\d\d-\d{4}"), (12, r"000-\d\d-\d{4}"), (10, r"000\d{6}")):
        shape = Shape(type_name="varchar", max_length=room)
        found = bind(ACTIONS.validate_python(rule), shape, KEYS)(VALUES).to_list()
        assert all(re.fullmatch(form, fake) for fake in found)
        in_its_column = [fake.replace("-", "") for fake in fakes("ssn", 11)]
        assert [fake.replace("-", "") for fake in found] == in_its_column


def test_an_identity_number_keeps_its_own_form() -> None:
    """Digits for digits and letters for letters, as other countries write them."""
    rule = {"action": "fake", "provider": "ssn", "params": {"form": "own"}}
    values = ["123.456.789-09", "RSSMRA85T10A562S", "12345678Z"]
    found = bind(ACTIONS.validate_python(rule), Shape(), KEYS)(pl.Series(values)).to_list()
    postcode = rule | {"provider": "postcode"}
    codes = bind(ACTIONS.validate_python(postcode), Shape(), KEYS)(pl.Series(["H2G 1A7"]))
    assert re.fullmatch(r"[A-Z]\d[A-Z] \d[A-Z]\d", codes[0])
    forms = [re.sub("[A-Z]", "A", re.sub(r"\d", "0", text)) for text in (*values, *found)]
    assert forms[:3] == forms[3:]
    assert not set(values) & set(found)


def test_an_address_of_version_6_needs_its_room() -> None:
    """A shorter column gets one of version 4 for both versions."""
    both = pl.Series(["10.1.2.3", "fe80::1"] * 20)
    room = len("2001:db8::1111:1111:1111:1111")
    versions = [ip_address(fake).version for fake in fakes("ip_address", room, both)]
    assert versions == [4, 6] * 20
    assert [ip_address(fake).version for fake in fakes("ip_address", room - 1, both)] == [4] * 40


def test_two_browsers_must_fit() -> None:
    """One alone could be the value itself."""
    first, second, *_ = sorted(map(len, AGENTS))
    assert {len(fake) for fake in fakes("user_agent", second)} == {first, second}
    with pytest.raises(Unbindable, match=f"no two user agents fit into {second - 1}"):
        fakes("user_agent", second - 1)
    assert set(fakes("user_agent")) == set(AGENTS)


def test_two_words_must_fit() -> None:
    """So that each value can become another one."""
    assert pool_within("job_title", "de_DE", 5).to_list() == sorted(
        set(fakes("job_title", 5, locale="de_DE"))
    )
    assert len(pool_within("job_title", "de_DE", 5)) == 2
    assert len(pool_within("job_title", "de_DE", 4)) == 1
    with pytest.raises(Unbindable, match="no two words of the provider job_title fit into 4 char"):
        fakes("job_title", 4, locale="de_DE")


def test_an_enum_needs_another_label() -> None:
    """Of three, each becomes one of the others; an enum of one label has none."""
    labels = pl.Series(["a", "b", "a", "c"])
    shape = {"type_name": "mood", "labels": ("a", "b", "c")}
    rule = ACTIONS.validate_python({"action": "hash"})
    fakes = bind(rule, Shape(**shape), KEYS)(labels).to_list()
    assert set(fakes) <= {"a", "b", "c"}
    assert not any(label == fake for label, fake in zip(labels, fakes, strict=True))
    with pytest.raises(Unbindable, match="no other label"):
        bind(rule, Shape(type_name="mood", labels=("a",)), KEYS)
