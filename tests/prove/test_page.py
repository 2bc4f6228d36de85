"""The page of a proof: what it shows, and that pages of every format verify."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privaci_core.prove.document import Verified, document_of, file_of, verified
from privaci_core.prove.page import document_in, page_of, proof_in, verified_proof
from privaci_core.prove.page_figures import bars_of, columns_of, counts_of

pytestmark = pytest.mark.unit

# Written by the first release: quotes and tags in names, failed checks, skipped tables, and a
# signature.
FIRST_FORMAT = (Path(__file__).parent / "pages" / "first_format.html").read_text(encoding="utf-8")


# Of the test suite alone: any 32 bytes are a private key.
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NO_PROOF = "it is not a proof that this version can read"


def line(column: str, action: str, reason: str = "no rule") -> dict[str, str]:
    """What happened to one column."""
    return {
        "table": "public.t",
        "column": column,
        "type": "text",
        "action": action,
        "reason": reason,
    }


def document(**changed: Any) -> dict[str, Any]:
    """A small proof."""
    content = {
        "refresh": "r",
        "run": "r",
        "who": "w",
        "begun": "b",
        "published": "p",
        "version": "0",
        "totals": {"tables": 1, "rows": 1234, "bytes": 0, "seconds": 0, "masked_columns": 1},
        "source": {"database": "s", "server": 150000},
        "target": {"database": "t"},
        "fingerprints": {},
        "tables": [],
        "checks": [],
        "columns": [],
        "notes": [],
    }
    return document_of({**content, **changed}, None)


def check(**changed: Any) -> dict[str, Any]:
    """One check that passed."""
    found = {"name": "c", "says": "s", "passed": True, "severity": "ERROR", "found": {}}
    return {**found, **changed}


def test_a_page_of_the_first_format_verifies() -> None:
    """It draws the same bytes again, and its signature holds."""
    found = document_in(FIRST_FORMAT)
    assert found is not None
    assert verified(found, None).signed_by


def test_an_edited_page_of_the_first_format_does_not() -> None:
    """Neither in its words, nor under the number of another format."""
    assert document_in(FIRST_FORMAT.replace("What was checked", "Checks")) is None
    for number in (2, 3):
        named = FIRST_FORMAT.replace('lang="en"', f'lang="en" data-format="{number}"')
        assert document_in(named) is None


def test_a_new_page_of_the_same_proof_verifies() -> None:
    """`privaci report --out` draws an old proof in the newest format."""
    page = page_of(document_in(FIRST_FORMAT))
    assert page != FIRST_FORMAT
    assert document_in(page) == document_in(FIRST_FORMAT)


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ([check()], "every blocking check passed"),
        ([check(), check(passed=False, severity="WARN")], "every blocking check passed"),
        ([check(), check(passed=False)], "not proved"),
    ],
)
def test_the_verdict_is_of_blocking_checks(checks: list[dict[str, Any]], verdict: str) -> None:
    """A warning does not spoil it; a failed check does."""
    assert f">{verdict}<" in page_of(document(checks=checks))


def test_columns_are_counted_by_what_happened() -> None:
    """Masked, copied, and copied although they look personal."""
    columns = [
        line("a", "fake", "rule"),
        line("b", "null", "rule"),
        line("c", "passthrough"),
        line("d", "passthrough", "no rule; seems to hold e-mail (high)"),
        {**line("*", "empty"), "type": ""},
    ]
    page = page_of(document(columns=columns))
    counts = re.findall(r"</span> (\d+) ([a-z, ]+?) ?(?=&nbsp;|</p>)", page)
    assert counts == [("2", "masked"), ("1", "copied, looks personal"), ("1", "copied")]
    assert "public.t.a</code>" in page
    assert "public.t.c</code>" not in page


def test_the_bar_of_columns_has_a_part_of_each_kind() -> None:
    """Each as wide as its share, one beside the other; without columns all are empty."""
    columns = [line("a", "fake"), line("b", "hash"), line("c", "null"), line("d", "passthrough")]
    parts = columns_of(columns).parts
    assert [(part.x, part.width) for part in parts] == [(0.0, 720.0), (720.0, 0.0), (720.0, 240.0)]
    assert [(part.x, part.width) for part in columns_of([]).parts] == [(0.0, 0.0)] * 3


def test_few_counts_are_shown_in_full() -> None:
    """Four of them, in the letters of their names; text is never shortened to its lowest."""
    four, five = dict.fromkeys(["ä", "b", "c", "d"], 2), dict.fromkeys("abcde", "text")
    assert counts_of({"found": {"a_few": four}}) == ['a few: {"ä": 2, "b": 2, "c": 2, "d": 2}']
    assert counts_of({"found": {"texts": five}})[0].startswith('texts: {"a": "text"')


def test_of_many_counts_the_lowest_is_shown() -> None:
    """It is the one to look at; a few are shown in full."""
    many = {f"public.t.c{number}": number for number in (3, 1, 4, 5, 9)}
    page = page_of(document(checks=[check(found={"rows": many, "few": {"a": 2}, "none": []})]))
    assert "rows: 5 columns, the lowest 1 (public.t.c1)" in page
    assert "few: {&quot;a&quot;: 2}" in page
    assert "none:" not in page


def test_tables_that_took_no_time_have_the_shortest_bar() -> None:
    """Nothing is divided by their time; without tables there is no bar."""
    tables = [{"name": name, "seconds": 0} for name in ("b", "a")]
    bars = bars_of(tables)
    assert [(bar.table["name"], bar.y, bar.width) for bar in bars] == [
        ("a", 0, 1.0),
        ("b", 22, 1.0),
    ]
    assert bars_of([]) == ()


def test_a_document_draws_one_page_whatever_the_order_of_its_keys() -> None:
    """And no indentation of the template is in it."""
    found = document(columns=[line("a", "fake")])
    page = page_of(found)
    assert page_of(dict(reversed(found.items()))) == page
    assert not re.search(r">\s{2,}<", page)


def test_the_slowest_tables_have_a_bar() -> None:
    """Twenty-five at most, the slowest first and longest."""
    tables = [
        {"name": f"t{n:02}", "rows": n, "bytes": 0, "seconds": float(n), "kept": n == 30}
        for n in range(31)
    ]
    page = page_of(document(tables=tables))
    assert re.findall(r">(t\d\d)<", page) == [f"t{n:02}" for n in range(30, 5, -1)]
    assert re.findall(r'height="14" fill|width="380.0"', page)[0] == 'width="380.0"'
    assert "30.00 s, 30 rows, unchanged" in page
    assert "29.00 s, 29 rows<" in page


def test_a_file_and_a_page_hold_one_proof() -> None:
    """Either is read and verified by itself."""
    signed = document_of(document()["content"], KEY)
    for octets in (file_of(signed), page_of(signed).encode()):
        assert proof_in(octets) == signed
        assert verified_proof(octets, KEY.public_key()).signed_by
        assert verified_proof(octets, Ed25519PrivateKey.generate().public_key()).why_not


@pytest.mark.parametrize("bits", [0x01, 0x20, 0x80])
def test_no_byte_of_a_page_can_be_changed(bits: int) -> None:
    """Neither what it shows, nor the document inside it, nor its style."""
    signed = document_of(document(who="<Ünal>", columns=[line("a", "fake")])["content"], KEY)
    octets = page_of(signed).encode()
    held = []
    for place in range(len(octets)):
        spoiled = bytearray(octets)
        spoiled[place] ^= bits
        if verified_proof(bytes(spoiled), None).holds:
            held.append(place)
    assert held == []


@pytest.mark.parametrize("octets", [b"", b"<html>", b"<\xff", b"{}", b"[]", b"7", b"no JSON"])
def test_what_is_neither_a_file_nor_a_page_does_not_verify(octets: bytes) -> None:
    """It says so, and nothing fails in another way."""
    assert not proof_in(octets)
    assert verified_proof(octets, None) == Verified(why_not=NO_PROOF)


def test_a_page_around_a_deep_document_is_refused() -> None:
    """Python's reader stops at some depth."""
    deep = '<script type="application/json" id="proof">' + "[" * 100_000 + "</script>"
    assert document_in(deep) is None
