"""The names of a row are those of the person whom its e-mail address shows."""

from __future__ import annotations

import re
from typing import Any

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS, OTHER_KEYS

from privaci_core.masks import Anchored, Shape, Unbindable, bind, bind_to_row
from privaci_core.masks.row_masks import reads

pytestmark = pytest.mark.unit

EMAIL = {"action": "fake", "provider": "email"}
ROWS = 400
EMAILS = [f"person{number}@shop.invalid" for number in range(ROWS)]


def row(
    provider: str, values: list[str | None], emails: list[str | None] = EMAILS, **more: Any
) -> list[str]:  # type: ignore[assignment]
    """A column masked beside its row's addresses."""
    of_email = more.pop("of_email", EMAIL)
    type_name, keys = more.pop("of_type", "text"), more.pop("keys", KEYS)
    anchor = Anchored(action=ACTIONS.validate_python(of_email), type_name=type_name)  # type: ignore[arg-type]
    rule: Any = ACTIONS.validate_python(
        {"action": "fake", "provider": provider, "persona": "email", **more.pop("rule", {})}
    )
    mask = bind_to_row(rule, Shape(**more), keys, anchor)
    return mask(pl.Series("c", values), {"email": pl.Series(emails)}).to_list()


def addresses(emails: list[str] = EMAILS, rule: dict[str, Any] = EMAIL, **shape: Any) -> list[str]:
    """The addresses as they are masked in every table."""
    return bind(ACTIONS.validate_python(rule), Shape(**shape), KEYS)(pl.Series(emails)).to_list()


def test_a_persona_reads_the_column_of_its_address() -> None:
    """And a rule without one reads its own column alone."""
    alone = {"action": "fake", "provider": "first_name"}
    assert reads(ACTIONS.validate_python({**alone, "persona": "mail"})) == ("mail",)
    assert reads(ACTIONS.validate_python(alone)) == ()


def test_all_names_of_a_row_agree() -> None:
    """Given name, family name, both, login and display name, with the address of every table."""
    first = row("first_name", ["Zofiana"] * ROWS)
    last = row("last_name", ["Quillow"] * ROWS)
    both = row("full_name", ["Zofiana Quillow"] * ROWS)
    login = row("username", [f"ann{number}" for number in range(ROWS)])
    shown = row("full_name", ["annie"] * ROWS)
    assert both == [f"{given} {family}" for given, family in zip(first, last, strict=True)]
    assert [email.split(".")[0] for email in addresses()] == [name.lower() for name in first]
    assert [name.split("_")[0] for name in login] == [name.lower() for name in first]
    assert shown == first
    assert len(set(first)) > 200
    assert len(set(last)) > 200


def test_names_in_capitals_can_stay_in_capitals() -> None:
    """Beside an address, and by their value; another spelling of a name is the same person."""
    case = {"params": {"case": "keep"}}
    plain = row("last_name", ["Quillow"] * ROWS)
    assert row("last_name", ["QUILLOW"] * ROWS, rule=case) == [name.upper() for name in plain]
    assert row("last_name", ["Quillow"] * ROWS, rule=case) == plain
    assert row("last_name", ["QUILLOW"] * ROWS) == plain
    alone = ACTIONS.validate_python({"action": "fake", "provider": "full_name", **case})
    upper, usual = bind(alone, Shape(), KEYS)(pl.Series(["ADA QUILLOW", "Ada Quillow"]))
    assert (upper, usual == usual.upper()) == (usual.upper(), False)


def test_the_order_of_a_name_stays() -> None:
    """Family name, comma, given name."""
    turned = row("full_name", ["Quillow, Zofiana"] * ROWS)
    both = row("full_name", ["Zofiana Quillow"] * ROWS)
    assert turned == [" ".join(reversed(name.split())).replace(" ", ", ", 1) for name in both]


def test_a_login_stays_unique_by_itself() -> None:
    """Though all rows have one address."""
    login = row(
        "username", [f"ann{n}" for n in range(ROWS)], ["a@shop.invalid"] * ROWS, unique=True
    )
    assert len(set(login)) == ROWS
    assert len({name.split("_")[0] for name in login}) == 1


def test_the_address_decides_and_nothing_else() -> None:
    """Equal addresses have one person, whatever stands beside them; another key has others."""
    one = row("first_name", ["Zofiana"] * ROWS)
    assert row("first_name", ["Tiboro"] * ROWS) == one
    assert row("first_name", ["Zofiana"], EMAILS[7:8]) == one[7:8]
    assert row("first_name", ["Zofiana"] * ROWS, keys=OTHER_KEYS) != one
    assert row("first_name", ["Zofiana"] * ROWS, of_email={**EMAIL, "seed_alias": "a"}) != one


def test_a_name_is_never_itself() -> None:
    """Where the person would have the row's own name, it gets another one, in all its columns."""
    first, last = row("first_name", ["Zofiana"] * ROWS), row("last_name", ["Quillow"] * ROWS)
    again = row("first_name", [name.upper() for name in first])
    assert not any(a.lower() == b.lower() for a, b in zip(first, again, strict=True))
    both = row("full_name", [f"{a} {b}" for a, b in zip(first, last, strict=True)])
    assert [name.split(" ")[0] for name in both] == again
    assert not any(b in name.split(" ") for name, b in zip(both, last, strict=True))


def test_a_row_without_an_address_has_the_names_of_its_values() -> None:
    """As any column without a persona; NULL stays NULL, and empty stays empty."""
    alone = bind(
        ACTIONS.validate_python({"action": "fake", "provider": "first_name"}), Shape(), KEYS
    )
    values = ["Zofiana", "Tiboro", None, "", "Zofiana"]
    found = row("first_name", values, [None, "", "x@y.invalid", "x@y.invalid", "x@y.invalid"])
    assert found[:2] == alone(pl.Series(["Zofiana", "Tiboro"])).to_list()
    assert found[2:4] == [None, ""]
    assert found[4] == row("first_name", ["Zofiana"], ["x@y.invalid"])[0]
    assert row("first_name", ["Zofiana"], [""]) == found[:1]


def test_equal_addresses_are_those_that_postgres_finds_equal() -> None:
    """In citext whatever their case."""
    assert (
        len(
            set(
                row("first_name", ["Zofiana"] * 2, ["A@b.invalid", "a@B.invalid"], of_type="citext")
            )
        )
        == 1
    )
    assert len(set(row("first_name", ["Zofiana"] * 2, ["A@b.invalid", "a@B.invalid"]))) == 2


def test_what_does_not_fit_is_masked_by_itself() -> None:
    """A short column takes short names."""
    found = row("full_name", ["Zofiana Quillow"] * ROWS, type_name="varchar", max_length=12)
    assert max(map(len, found)) <= 12
    assert len(set(found)) > 50


def test_the_recorded_person() -> None:
    """No release changes who is who."""
    found = [
        row(name, ["Zofiana Quillow"], ["ann@shop.invalid"])[0]
        for name in ("full_name", "username")
    ]
    assert found == ["Derrick Mahoney", "derrick_naypqwmz7fnaf"]
    assert re.match(found[0].split()[0].lower(), addresses(["ann@shop.invalid"])[0])


@pytest.mark.parametrize(
    ("provider", "shape", "why"),
    [
        ("city", {}, "is no part of a persona"),
        ("first_name", {"unique": True}, "does not stay unique"),
    ],
)
def test_it_is_refused(provider: str, shape: dict[str, Any], why: str) -> None:
    """Before a row is read."""
    with pytest.raises(Unbindable, match=why):
        row(provider, ["Zofiana"], ["a@b.invalid"], **shape)


def test_a_persona_needs_its_row_and_its_anchor() -> None:
    """Not in a document; and what decides is masked itself."""
    rule: Any = ACTIONS.validate_python(
        {"action": "fake", "provider": "first_name", "persona": "mail"}
    )
    with pytest.raises(Unbindable, match="needs the row"):
        bind(rule, Shape(), KEYS)
    with pytest.raises(Unbindable, match="nothing masks mail as email or username"):
        bind_to_row(rule, Shape(), KEYS)


@pytest.mark.parametrize(
    ("provider", "person"),
    [("first_name", "Zoë"), ("full_name", "Quillow, Zoë"), ("full_name", "Zoë")],
)
def test_an_address_may_follow_a_name(provider: str, person: str) -> None:
    """Which has its own value's fake; the code stays that of the address."""
    rule = {"action": "fake", "provider": provider, "params": {"locale": "es_ES"}}
    names = bind(ACTIONS.validate_python({**rule, "provider": "first_name"}), Shape(), KEYS)
    (given,) = names(pl.Series(["Zoë"]))
    emails = [f"z{number}@shop.invalid" for number in range(20)]
    found = row("email", emails, [person] * 20, of_email=rule, unique=True)  # type: ignore[arg-type]
    assert len(set(found)) == 20
    assert all(re.match(r"[a-z]+\.\w{13}@", address) for address in found)
    assert {address[0] for address in found} == {given[0].lower()}
    assert [address.split(".", 1)[1] for address in found] == [
        address.split(".", 1)[1] for address in addresses(emails)
    ]


def test_a_name_does_not_follow_a_name() -> None:
    """They agree by themselves."""
    with pytest.raises(Unbindable, match="not about another name"):
        row(
            "last_name",
            ["Quillow"],
            ["Zofiana"],
            of_email={"action": "fake", "provider": "first_name"},
        )
