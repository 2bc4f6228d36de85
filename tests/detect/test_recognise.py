"""What sampled values are recognised as: by form, by check digit and by word."""

from __future__ import annotations

import pytest

from privaci_core.detect.recognise import looks_of

pytestmark = pytest.mark.unit


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
        ("the walnut table has four legs", 0),
        ("delivered on 2020-02-02 to the shelf", 0),
    ],
)
def test_a_sentence_tells_something(text: str, telling: int) -> None:
    """A name of two known words or a form within is something about somebody; a date is not."""
    assert looks_of([text]).telling == telling
