"""What a security officer reads on a proof's page: verdict, signature, risk, drift, columns."""

from __future__ import annotations

import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privaci_core.prove.document import document_of, signing_key_name
from privaci_core.prove.page import document_in, page_of
from privaci_core.prove.page_risk import share_of

pytestmark = pytest.mark.unit

# Of the test suite alone: any 32 bytes are a private key.
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CHECK = {"name": "same_rows", "says": "s", "passed": True, "severity": "ERROR", "found": {}}
FOUND = {
    "k": 5,
    "l": 2,
    "quasi_identifiers": {"public.person": ["born", "post <code>"]},
    "sensitive_columns": {"public.person": ["ill"]},
    "rows_measured": {"public.person": 40_000},
    "smallest_class": {"public.person": 1},
    "rows_below_k": {"public.person": 1},
    "rows_told_by_one_column": {"public.person.born": 12},
    "fewest_sensitive_values": {"public.person": 3},
}


def document(key: Ed25519PrivateKey | None = None, **changed: Any) -> dict[str, Any]:
    """A proof of two tables that passed."""
    content = {
        "refresh": "r", "run": "r", "who": "the night shift", "begun": "b", "published": "p",
        "version": "0", "source": {"database": "s", "server": 150000}, "target": {"database": "t"},
        "totals": {"tables": 2, "rows": 7, "bytes": 0, "seconds": 0, "masked_columns": 1},
        "fingerprints": {}, "tables": [], "checks": [CHECK], "columns": [], "notes": [],
    }  # fmt: skip
    return document_of({**content, **changed}, key)


def column(name: str, action: str = "passthrough", **more: str) -> dict[str, str]:
    """What happened to one column of people."""
    table = {"table": "public.person", "type": "text", "reason": "no rule"}
    return {**table, "column": name, "action": action, **more}


def shown(**changed: Any) -> str:
    """The words of a page, without its tags and its document."""
    held = document(**changed)
    page = page_of(held)
    assert document_in(page) == held
    visible, _, _ = page.partition("<script")
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]*>", " ", visible, flags=re.DOTALL))


def in_order(text: str, *words: str) -> bool:
    """Whether the text has these words, one after the other."""
    return re.search(".*".join(map(re.escape, words)), text) is not None


def test_verdict_and_signature_come_first() -> None:
    """Then how to check it in one line, and who did it; before what was proved."""
    said = shown(key=KEY)
    name = signing_key_name(document(KEY))
    assert in_order(
        said,
        "every blocking check passed",
        f"by the key {name}",
        "privaci report --verify proof.html --public-key",
        "the night shift",
        "What was proved",
        "Checks",
        "Risk",
        "Drift",
        "Masked columns",
        "Copied columns",
        "Fingerprints",
    )
    unsigned = shown()
    assert in_order(unsigned, "Not signed.", "privaci report --verify proof.html", "Who and when")
    assert "--public-key" not in unsigned


def test_what_was_compared_is_counted() -> None:
    """Rows and definitions, if their checks passed; a failed check claims nothing."""
    rows = {"rows": 1200, "values": 9600, "masked_values": 2400}
    keys = {"definitions": 576, "foreign_keys": 26}
    checks = [
        {**CHECK, "name": "rows_are_masked", "found": rows},
        {**CHECK, "name": "keys_hold", "found": keys},
    ]
    said = shown(checks=checks)
    assert "All 9,600 values of 1,200 rows were read back from the target" in said
    assert "masks changed 2,400 of them." in said
    assert "576 definitions, 26 foreign keys among them, are those of the source." in said
    failed = shown(checks=[{**check, "passed": False} for check in checks])
    assert "were read back" not in failed
    assert "are those of the source" not in failed


def test_warnings_are_counted_beside_the_verdict() -> None:
    """A copy can be proved and still hold what a person should look at."""
    warns = {**CHECK, "name": "all_columns_reviewed", "passed": False, "severity": "WARN"}
    assert in_order(shown(checks=[CHECK, warns]), "check passed", "1 warning", "to look at")
    assert "to look at" not in shown()


def test_risk_is_shown_by_table_and_by_column() -> None:
    """The smallest group, the rows under k with their share, l, and what one column tells alone."""
    said = shown(checks=[{**CHECK, "name": "k_anonymity", "found": FOUND}])
    assert in_order(
        said, "k = 5", "l = 2", "public.person", "born, post &lt;code&gt;", "40,000", "1",
        "1 (0.01 %)", "3 of ill", "public.person.born", "12", "0.03 %", "post &lt;code&gt;", "0 %",
    )  # fmt: skip
    assert "guessed" not in said
    guessed = {**FOUND, "columns_guessed": "yes"}
    assert "guessed" in shown(checks=[{**CHECK, "name": "k_anonymity", "found": guessed}])
    assert "Not measured: the policy has no risk" in shown()


def test_risk_of_an_earlier_proof_is_shown() -> None:
    """It names neither the columns nor l."""
    named = {"quasi_identifiers", "sensitive_columns", "l"}
    found = {name: value for name, value in FOUND.items() if name not in named}
    said = shown(checks=[{**CHECK, "name": "k_anonymity", "found": found}])
    assert in_order(said, "public.person", "not named", "40,000", "1 (0.01 %)")


def test_drift_is_listed() -> None:
    """With its place and meaning; none is said to be none, and silence is not taken for none."""
    change = {"place": "public.person.<i>", "kind": "added", "said": "new", "blocks": False}
    assert in_order(shown(drift=[change]), "in 1 place;", "public.person.&lt;i&gt;", "added", "new")
    assert "needs a review</span>" in page_of(document(drift=[{**change, "blocks": True}]))
    assert "None: the source had the tables and columns" in shown(drift=[])
    assert "does not say how the source differed" in shown()


def test_each_masked_column_has_its_kind_its_rule_and_its_counts() -> None:
    """From the proof's plan and the table's ledger."""
    counts = {"sum": "aa", "nulls": 0, "changed": 1200, "stayed": {"empty": 30}}
    ledger = {"rows": 1230, "whole": "bb", "columns": {"mail": counts}}
    table = {"name": "public.person", "rows": 1230, "bytes": 0, "seconds": 0.0, "kept": False}
    columns = [
        column("mail", "fake email", reason="rule, on a condition", kind="e_mail"),
        column("code", "hash", reason="inherited by key"),
        column("born", "null", reason="rule", kind="dob"),
    ]
    said = shown(columns=columns, tables=[{**table, "ledger": ledger}])
    assert in_order(
        said, "public.person.mail", "e mail", "fake email",
        "the policy names the column, on a condition", "1,200 changed; kept: 30 empty",
        "public.person.code", "not known", "hash", "a key links it", "not counted",
        "date of birth",
    )  # fmt: skip


def test_each_copied_column_has_its_reason() -> None:
    """What looks personal comes first; tables without rows are named apart."""
    columns = [
        column("id", copied_because="no_sign"),
        column("label", copied_because="policy"),
        column("both", copied_because="generated", reason="generated"),
        column("town", copied_because="weak_sign", reason="no rule; seems to hold city (low)"),
        column("phone", copied_because="no_sign", reason="no rule; seems to hold phone (high)"),
        column("old"),
        {**column("*", "excluded"), "table": "public.log", "type": ""},
    ]
    found = {"differences": {"public.person.phone": "phone (its name)"}}
    said = shown(
        columns=columns, checks=[{**CHECK, "name": "all_columns_reviewed", "found": found}]
    )
    assert in_order(
        said, "1: no rule names them, and they look personal", "phone (seems to hold phone",
        "a weak sign", "town", "does not say more", "old", "allows them by name", "label",
        "neither name, type nor sampled values", "id", "computes them", "both",
        "Tables without rows", "public.log : not in the target",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [(0, 0, "0 %"), (0, 9, "0 %"), (9, 9, "100 %"), (1, 10**9, "0.01 %"),
     (99_999, 100_000, "99.99 %")],
)  # fmt: skip
def test_a_share_is_rounded_neither_to_nothing_nor_to_all(
    part: int, whole: int, share: str
) -> None:
    """One row in a billion is still a row."""
    assert share_of(part, whole) == share


def test_the_page_prints_without_what_is_folded_or_dark() -> None:
    """Paper has no arrow to open, and its own size and margins; a table's head is repeated."""
    style, _, _ = page_of(document()).partition("</style>")
    printed = style.partition("@media print")[2]
    assert "details::details-content{content-visibility:visible" in printed
    assert "table-header-group" in printed
    assert "@page{size:A4" in style
    assert "@media screen and (prefers-color-scheme:dark)" in style
