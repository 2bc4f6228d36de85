"""What sampled values are recognised as: by form, by check digit and by word."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaci_core.detect.recognise import (
    KINDS,
    NEEDS,
    NPI,
    STREET,
    URL,
    UUID,
    Looks,
    _names,
    in_the_pools,
    looks_of,
)
from privaci_core.detect.secret_forms import HASHED, TOKEN
from privaci_core.masks.text.patterns import PATTERNS

pytestmark = pytest.mark.unit

LETTERS, DASHES = "k7HaQw2zR9tYb4Xc", "-----"
HASHES = [
    "pbkdf2_sha256$260000$salt$" + LETTERS,
    "scrypt:32768:8:1$salt$" + LETTERS,
    "$argon2id$v=19$m=65536,t=3,p=4$salt$" + LETTERS,
]
TOKENS = [
    DASHES + "BEGIN " + "PRIVATE" + " KEY" + DASHES + "\n" + LETTERS,
    "syt_YWRh_" + LETTERS,
    "ghp_" + LETTERS * 2,
    "ssh-ed25519 AAAA" + LETTERS * 2 + " ada@corp.example",
]
RANDOM = [LETTERS * 2, LETTERS + "+/" + LETTERS + "==", "sess-" + "0123456789abcdef" * 2]
MAIL = [
    "Ada Kestrel <ada@corp.example>",
    "ada@corp.example; lin@corp.example",
    "mailto:ada@corp.example",
    "u=ada@corp.example;",
    "/reset?email=ada%40corp.example",
]


@pytest.mark.parametrize(
    ("kind", "value", "not_quite"),
    [
        ("email", "ada.kestrel@corp.example", "ada.kestrel at corp"),
        ("credit_card", "4000 0000 0000 0002", "4000 0000 0000 0003"),
        ("iban", "GB82 WEST 1234 5698 7654 32", "GB83 WEST 1234 5698 7654 32"),
        ("npi", "1234567893", "1234567894"),
        ("ssn", "900-12-3456", "900-123-456"),
        ("ip_address", "192.0.2.7", "192.0.2"),
        ("mac_address", "00:00:5e:00:53:01", "00:00:5e:00:53"),
        ("phone", "+1 555 010 0199", "15550100199"),
        ("phone", "0015550100199", "0001555010"),
        ("phone", "(555) 010-0199", "555-010-019"),
        ("uuid", "c0ffee00-0000-4000-8000-000000000000", "c0ffee00"),
        ("password", "$2b$12$abcdefghijklmnopqrstuv", "$12 a month"),
        *[("password", value, value[:9]) for value in HASHES],
        *[("token", value, value[:9]) for value in TOKENS],
        *[("secret", value, value[:19]) for value in RANDOM],
        *[("email", value, value.replace("@", " ").replace("%40", " ")) for value in MAIL],
        ("ip_address", "192.0.2.7:443", "192.0.2:443"),
        ("ip_address", "192.0.2.7, 10.0.0.1", "192.0.2, 10.0.1"),
        ("ip_address", "for=[2001:db8::7]:443", "for=x:443"),
        ("ip_address", "2001:db8:0:0:0:0:0:7", "12:30:45"),
        ("mac_address", "00:00:5e:00:53:01-eth0", "00:00:5e:00:53-eth0"),
        ("phone", "tel:+15550100199", "tel:15550100199"),
        ("phone", "07700 900101", "07700-900101"),
        ("phone", "(02) 5550 5432", "(02) 5550"),
        ("street", "12 Harbor Road", "Harbor"),
        ("street", "Kestrelstraße 7", "Kestrel 7"),
        ("street", "12 rue du Port", "le port"),
        ("url", "https://corp.example/ada", "corp.example"),
        ("full_name", "Mary Kestrel", "Walnut Table"),
        ("full_name", "Kestrel, Mary", "Walnut, Table"),
        ("first_name", "mary", "walnut"),
        ("last_name", "Smith", "Walnut"),
    ],
)
def test_a_form_is_recognised(kind: str, value: str, not_quite: str) -> None:
    """And what is almost it is not."""
    assert looks_of([f" {value} "]).share(kind) == 1
    assert looks_of([not_quite]).share(kind) == 0


def test_what_values_wrap_is_told() -> None:
    """A mask that keeps the syntax around it is needed where only some of them do."""
    looks = looks_of(["ada@corp.example", "Lin <lin@corp.example>"])
    assert (looks.share("email"), looks.wrapped) == (1, {"email"})
    assert looks_of(["ada@corp.example", "please write to lin@corp.example"]).wrapped == set()


@pytest.mark.parametrize(
    "value",
    [
        "c0ffee00-0000-4000-8000-000000000000",
        "/usr/share/Local/Some2Path",
        "ThisIsACamelCaseIdentifier2000",
        "premium_plan_v2_Annual_Subscription",
        "20200102030405123456",
        "00000000000000000000000000000000",
    ],
)
def test_long_words_are_no_secret(value: str) -> None:
    """Keys of rows, paths, names of things and numbers."""
    assert looks_of([value]).share("secret") == 0


def test_numbers_are_of_the_country_that_most_are_of() -> None:
    """A few numbers of ten digits are valid somewhere by chance."""
    assert looks_of(["030 5550100", "089 5550101"]).share("phone") == 1
    assert looks_of([f"0{n} {n}999{n}" for n in range(11, 30)]).share("phone") == 0


@pytest.mark.parametrize(
    "value",
    [
        "Jessica Walnut",
        "Walnut Johnson",
        "Oak Pine Johnson",
        "Jessica van der Walnut",
        "Johnson, Jessica",
        "Walnut, Oak Jessica",
        "Johnson, Oak Pine",
    ],
)
def test_a_given_or_a_family_name_makes_a_full_name(value: str) -> None:
    """At its end of two to four words; a comma puts the family name first."""
    assert looks_of([value]).share("full_name") == 1


@pytest.mark.parametrize(
    "value",
    ["Jessica", "Johnson Jessica", "Jessica, Johnson", "Jessica van der la Walnut", "Jessica 4"],
)
def test_other_words_are_no_full_name(value: str) -> None:
    """Names at the wrong end, one word or five, and what is no word."""
    assert looks_of([value]).share("full_name") == 0


@pytest.mark.parametrize(
    ("value", "could_be"),
    [
        ("Jessica Johnson", True),
        ("jessica", True),
        ("Jessica Johnson Smith", True),
        ("Walnut Johnson", False),
        ("Jessica Walnut", False),
        ("Jessica Walnut Johnson", False),
        ("", False),
    ],
)
def test_a_name_of_words_from_the_pools_could_be_a_fake(value: str, *, could_be: bool) -> None:
    """A given name, and family names behind it."""
    assert in_the_pools(value) is could_be


def test_values_are_counted_by_their_characters() -> None:
    """The shares with a letter and with a digit, and words on average."""
    looks = looks_of(["a1", "b c", "-", "7"])
    assert (looks.letters, looks.digits, looks.words) == (0.5, 0.5, 1.25)


def test_nothing_looks_like_nothing() -> None:
    """An empty sample has no share of anything."""
    assert looks_of([]) == Looks(
        sampled=0, distinct=0, shares={}, telling=0, letters=0, digits=0, words=0
    )


def test_distinct_values_count_once() -> None:
    """One address in every row is one value; blanks are none."""
    looks = looks_of(["a@b.example"] * 9 + ["no", "", "  "])
    assert (looks.sampled, looks.distinct, looks.share("email")) == (10, 2, 0.5)
    assert looks_of(["", " "]).distinct == 0


@pytest.mark.parametrize(
    ("text", "telling"),
    [
        ("please call Mary Smith about the invoice", 1),
        ("please write to mary@corp.example about it", 1),
        ("please call Jessica Johnson", 1),
        ("call Jessica Johnson", 0),
        ("please ask jessica johnson about it", 0),
        ("the walnut table has four legs", 0),
        ("The Walnut table has four legs", 0),
        ("please ask a johnson about it", 0),
        ("delivered on 2020-02-02 to the shelf", 0),
    ],
)
def test_a_sentence_tells_something(text: str, telling: int) -> None:
    """Of four words or more: two capital words that are a name, or a form; a date is neither."""
    assert looks_of([text]).telling == telling


def test_the_share_of_telling_sentences_is_kept() -> None:
    """Of the distinct ones."""
    assert looks_of(["please call Jessica Johnson", "the walnut table stands"]).telling == 0.5


FORMS = [(kind, pattern.pattern, pattern.flags) for kind, pattern, _ in PATTERNS if kind in KINDS]
FORMS += [
    (kind, pattern.pattern, pattern.flags)
    for kind, pattern in [
        ("password", HASHED),
        ("token", TOKEN),
        ("npi", NPI),
        ("uuid", UUID),
        ("url", URL),
        ("street", STREET),
    ]
]
# What is asked about a value's neighbours; a whole value has none, so what needs one is no value.
AROUND = re.compile(r"\|\(\?<=.*|\(\?<?![^()]*\)|\\b")


@pytest.mark.parametrize(("kind", "pattern", "flags"), FORMS)
@given(data=st.data())
def test_every_value_of_a_kind_has_what_a_column_of_it_needs(
    kind: str, pattern: str, flags: int, data: Any
) -> None:
    """A column that lacks it is not asked value by value, and would not be recognised."""
    form = re.compile(AROUND.sub("", pattern), flags)
    value = data.draw(st.from_regex(form, fullmatch=True))
    assert NEEDS[kind].search(f"\n{value}")


def test_every_kind_says_what_it_needs() -> None:
    """Names need a letter, and a full name has two words."""
    assert NEEDS.keys() == KINDS.keys()
    for first, last in zip(_names("first"), _names("last"), strict=False):
        assert NEEDS["first_name"].search(first)
        assert NEEDS["last_name"].search(last)
        assert NEEDS["full_name"].search(f"\n{last},{first}")


@pytest.mark.parametrize("values", [["a1", "22", "-"], ["a1\nb2", "c", "3"], ["ä²", "Ⅷ", "٣", "x"]])
def test_letters_and_digits_are_what_python_calls_them(values: list[str]) -> None:
    """In values that are all ASCII as in others."""
    looks = looks_of(values)
    assert looks.letters == sum(any(map(str.isalpha, value)) for value in values) / len(values)
    assert looks.digits == sum(any(map(str.isdigit, value)) for value in values) / len(values)
