"""The page of a proof: what it shows, and that pages of every format verify."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privaci_core.prove.document import Verified, document_of, file_of, verified
from privaci_core.prove.page import _drawn, document_in, page_of, proof_in, verified_proof
from privaci_core.prove.page_figures import bars_of, columns_of, counts_of
from privaci_core.prove.page_proved import searched_of, unreviewed_of

pytestmark = pytest.mark.unit

# Written by the first release: quotes and tags in names, failed checks, skipped tables, and a
# signature.
FIRST_FORMAT = (Path(__file__).parent / "pages" / "first_format.html").read_text(encoding="utf-8")


# Of the test suite alone: any 32 bytes are a private key.
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
# What the published templates draw of that page's document.
FROZEN = {
    1: "6d6b5a58f323d1c0cd16ad2a5f4b86768d3328b183d5f9b64b229858b3b7a338",
    2: "01bb0c6439e7f989b75b3de49e77e4d206776f44b157eccb526e51259099afc3",
    3: "1c9ee6eb61c169e4f51dae4a64ce7c7c2d708f77134002fafb14e95aa59a8925",
    4: "70d63512ba0334207e3d0ed52a263ab033150881516ccd9f698d6072f8c803b0",
}
# A digit or letter becomes its neighbour, its other case, or no text at all.
BITS = (0x01, 0x20, 0x80)
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
    for number in (2, 3, 4, 5, 6):
        named = FIRST_FORMAT.replace('lang="en"', f'lang="en" data-format="{number}"')
        assert document_in(named) is None


def test_a_new_page_of_the_same_proof_verifies() -> None:
    """`privaci report --out` draws an old proof in the newest format."""
    page = page_of(document_in(FIRST_FORMAT))
    assert page != FIRST_FORMAT
    assert document_in(page) == document_in(FIRST_FORMAT)


def test_a_subset_is_drawn_with_what_brought_its_rows() -> None:
    """With its tables and ways; names are escaped, and the page verifies."""
    table = {"name": "public.shop", "rows": 3, "bytes": 9, "seconds": 0.1, "kept": False}
    odd = {**table, "name": 'public."a <b>"', "rows": 1234}
    ways = [
        {"name": "public.shop", "how": "start", "begin": "", "end": "public.shop", "rows": 3},
        {"name": "x", "how": "children", "begin": "public.shop", "end": odd["name"], "rows": 1234},
    ]
    subset = {"starts": [{"table": "public.shop", "filtered": True}], "brought": ways}
    shown = document(tables=[table, odd], subset=subset)
    page = page_of(shown)
    assert "<h2>Subset</h2>" in page
    assert "1,237 rows of the source" in page
    assert "public.&quot;a &lt;b&gt;&quot;</text>" in page
    assert document_in(page) == shown
    assert "<h2>Subset</h2>" not in page_of(document(tables=[table]))


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ([check()], "every blocking check passed"),
        ([check(), check(passed=False, severity="WARN")], "every blocking check passed"),
        ([check(), check(passed=False)], "not proved"),
        ([], "not proved"),
    ],
)
def test_the_verdict_is_of_blocking_checks(checks: list[dict[str, Any]], verdict: str) -> None:
    """A warning does not spoil it; a failed check does, and nothing proves nothing."""
    assert f">{verdict}<" in page_of(document(checks=checks))


def test_the_page_says_what_a_check_found_in_its_sentences() -> None:
    """A warning shows them beside what it proves, and neither the names nor the counts again."""
    said = "public.t.c holds 1 e-mail address of public.s.d, which `passthrough` allows."
    shown = said.replace("`passthrough`", "<code>passthrough</code>")
    found = {"differences": {"public.t.c": {"public.s.d": 1}}, "difference_count": 1, "rows": 7}
    warns = check(passed=False, severity="WARN", found={**found, "what_to_do": [said]})
    page, _, _ = page_of(document(checks=[warns])).partition("<script")
    assert f"<span class=warn>{shown}</span>" in page
    assert "rows: 7" in page
    assert "difference" not in page
    before = page_of(document(checks=[check(found=found)])).partition("<script")[0]
    assert "differences: " in before


def test_columns_are_counted_by_what_happened() -> None:
    """Masked, copied, and copied although they look personal, as the check of reviews counts."""
    columns = [
        line("a", "fake", "rule"),
        line("b", "null", "rule"),
        line("c", "passthrough"),
        line("d", "passthrough", "no rule; seems to hold email (high)"),
        line("e", "passthrough", "no rule; seems to hold phone (low)"),
        {**line("*", "empty"), "type": ""},
    ]
    review = check(
        name="all_columns_reviewed",
        severity="WARN",
        passed=False,
        found={"differences": {"public.t.d": "email (by name)"}},
    )
    page = page_of(document(columns=columns, checks=[review]))
    counts = re.findall(r"</span> (\d+) ([a-z, ]+?) ?(?=&nbsp;|</p>)", page)
    assert counts == [("2", "masked"), ("1", "copied, looks personal"), ("2", "copied")]
    assert "public.t.a</code>" in page
    assert "public.t.c</code>" not in page


def test_the_bar_of_columns_has_a_part_of_each_kind() -> None:
    """Each as wide as its share, one beside the other; without columns all are empty."""
    columns = [line("a", "fake"), line("b", "hash"), line("c", "null"), line("d", "passthrough")]
    parts = columns_of(columns).parts
    assert [(part.x, part.width) for part in parts] == [(0.0, 720.0), (720.0, 0.0), (720.0, 240.0)]
    assert [(part.x, part.width) for part in columns_of([]).parts] == [(0.0, 0.0)] * 3


def search(**found: Any) -> dict[str, Any]:
    """The check that searches originals, and what it searched."""
    usual = {"originals": 12_400_000, "searched": 12_345_678, "left_out": 54_322, "search": "full"}
    return check(name="no_originals", found={"differences": {}, **usual, **found})


def test_a_page_says_how_many_originals_were_searched() -> None:
    """With the share, and what was left out and why; before the checks."""
    page = page_of(document(checks=[check(), search()]))
    said = (
        "12,345,678 of 12,400,000 originals of masked columns (99.56 %) were searched in all of"
        " the target; 54,322 left out: short values, or everyday words.</p>"
    )
    assert page.index(said) < page.index("<h2>Checks</h2>")
    assert "sample" not in page
    named = {"shorter than 5 characters": 1_200, "of <a> kind": 1, "none": 0}
    page = page_of(document(checks=[search(left_out=named)]))
    assert (
        "all of the target; 1 left out: of &lt;a&gt; kind;"
        " 1,200 left out: shorter than 5 characters.</p>"
    ) in page
    left_out = {"dates": 1_002, "labels of <enums>": 1}
    page = page_of(document(checks=[search(left_out={}, columns_left_out=left_out)]))
    assert (
        "searched in all of the target. Masked columns that are not searched for:"
        " 1,002: dates; 1: labels of &lt;enums&gt;.</p>"
    ) in page


def test_a_page_says_first_that_a_sample_was_searched() -> None:
    """Before its title, and where it says what was searched."""
    page = page_of(document(checks=[search(search="sample")]))
    first = "Only a sample of the target was searched for originals."
    assert page.index(first) < page.index("<h1>")
    assert "(99.56 %) were searched in a sample of the target; " in page


def test_a_page_without_a_search_says_nothing_about_one() -> None:
    """Proofs of earlier versions did not count."""
    for checks in ([], [check(name="no_originals", found={"max_rows_per_table": 7})]):
        page = page_of(document(checks=checks))
        assert "were searched" not in page
        assert document_in(page)


@pytest.mark.parametrize(
    ("searched", "of", "share"),
    [(0, 0, "100 %"), (7, 7, "100 %"), (999_999, 1_000_000, "99.99 %"), (1, 3, "33.33 %"),
     (0, 5, "0.00 %"), (1, 1000, "0.10 %")],
)  # fmt: skip
def test_a_share_is_never_rounded_up(searched: int, of: int, share: str) -> None:
    """All is said of all alone."""
    found = searched_of([search(originals=of, searched=searched, left_out=0)])
    assert found is not None
    assert found.share == share
    assert found.left == ""


LEDGER = {
    "rows": 1234,
    "whole": "00000000000000aa",
    "columns": {
        "<email>": {
            "sum": "00000000000000bb",
            "nulls": 2,
            "changed": 1200,
            "stayed": {"empty": 30, "condition false": 2},
        },
        "id": {"sum": "00000000000000cc", "nulls": 0, "changed": 0, "stayed": {}},
    },
}


def test_a_page_shows_the_ledger_of_each_table() -> None:
    """Folded: its sums, its refresh, and what changed and stayed in each column, and why."""
    tables = [
        {"name": "public.<b>", "rows": 1234, "bytes": 0, "seconds": 1.0, "kept": False,
         "refresh": "monday", "ledger": LEDGER},
        {"name": "public.other", "rows": 1, "bytes": 0, "seconds": 1.0, "kept": False},
    ]  # fmt: skip
    page = page_of(document(tables=tables))
    assert (
        "<details><summary><code>public.&lt;b&gt;</code>: 1,234 rows, sum"
        " <code>00000000000000aa</code>, loaded by refresh <code>monday</code></summary>"
    ) in page
    assert (
        "<tr><td><code>&lt;email&gt;</code></td><td><code>00000000000000bb</code></td>"
        "<td>2</td><td>1,200</td><td>2 condition false, 30 empty</td></tr>"
        "<tr><td><code>id</code></td><td><code>00000000000000cc</code></td>"
        "<td>0</td><td>0</td><td></td></tr>"
    ) in re.sub(' data-label="[^"]*"', "", page)
    assert page.count("<details>") == 1
    assert "<b>" not in page.replace("<div class=tile><b>", "")
    assert document_in(page)


def test_a_page_without_ledgers_has_no_place_for_them() -> None:
    """Nor for definitions and a trail that the proof does not hold."""
    tables = [{"name": "t", "rows": 1, "bytes": 0, "seconds": 1.0, "kept": False}]
    page = page_of(document(tables=tables))
    for word in ("Ledgers", "definitions", "audit trail"):
        assert word not in page


def test_a_page_names_what_else_the_proof_holds() -> None:
    """How many definitions, and how many lines of the trail with their digest."""
    held = {
        "objects": {"table a": "aa", "view b": "bb"},
        "trail": {"entries": 1412, "sha256": "ff"},
    }
    page = page_of(document(fingerprints={"policy": "ee"}, **held))
    assert "<td><code>2 objects of the target, each with a keyed digest</code></td>" in page
    assert "<th>audit trail</th><td><code>1,412 lines, sha256 ff</code></td>" in page
    assert "<th>policy fingerprint</th><td><code>ee</code></td>" in page


def test_unreviewed_columns_are_those_of_the_check() -> None:
    """Under the label of any version; other checks' findings are none."""
    other = check(name="c", found={"differences": {"public.t.a": 1}})
    for label in ("differences", "different"):
        review = check(name="all_columns_reviewed", found={label: {"public.t.b": "name"}})
        assert unreviewed_of([other, review]) == {"public.t.b"}
    assert unreviewed_of([other]) == frozenset()


def test_a_quoted_name_is_that_of_its_column() -> None:
    """The check quotes a table's name as the policy does; the plan's lines do not."""
    columns = [{**line('the "a"', "passthrough"), "table": "public.The Table"}]
    review = check(
        name="all_columns_reviewed",
        found={"differences": {'public."The Table".the "a"': "name"}},
    )
    counts = [part.count for part in columns_of(columns, unreviewed_of([review])).parts]
    assert counts == [0, 1, 0]


def test_a_document_of_today_is_not_drawn_by_an_earlier_page() -> None:
    """It would not say that a sample was searched."""
    found = document(checks=[search(search="sample")])
    assert document_in(_drawn(found, 3)) == found
    for number in (1, 2):
        assert document_in(_drawn(found, number)) is None
    first = document_of({**found["content"], "format": 1}, None)
    for number in (1, 2, 3):
        assert document_in(_drawn(first, number)) == first


def test_a_page_of_the_second_format_verifies() -> None:
    """The template that drew it is as it was."""
    found = document_in(FIRST_FORMAT)
    for number, digest in FROZEN.items():
        page = _drawn(found, number)
        assert hashlib.sha256(page.encode()).hexdigest() == digest
        assert document_in(page) == found


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
    assert re.findall(r"<i class=bar style=\"width:([\d.]+)%", page)[:2] == ["100.0", "96.7"]
    assert "30.00 s, 30 rows, unchanged" in page
    assert "29.00 s, 29 rows<" in page


def test_a_file_and_a_page_hold_one_proof() -> None:
    """Either is read and verified by itself."""
    signed = document_of(document()["content"], KEY)
    for octets in (file_of(signed), page_of(signed).encode()):
        assert proof_in(octets) == signed
        assert verified_proof(octets, KEY.public_key()).signed_by
        assert verified_proof(octets, Ed25519PrivateKey.generate().public_key()).why_not


def test_no_byte_of_a_page_can_be_changed() -> None:
    """Neither what it shows, nor the document inside it, nor its style."""
    signed = document_of(document(who="<Ünal>", columns=[line("a", "fake")])["content"], KEY)
    octets = page_of(signed).encode()
    held = []
    for place in range(len(octets)):
        spoiled = bytearray(octets)
        spoiled[place] ^= BITS[place % len(BITS)]
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
