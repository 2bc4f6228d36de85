"""What a verdict makes of differences, and which columns it covers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from privaci_core.catalog.catalog import Catalog, Relation
from privaci_core.catalog.foreign_keys import ForeignKey
from privaci_core.detect.suspect import Suspicion
from privaci_core.policy import parse_policy
from privaci_core.prove import checks
from privaci_core.prove.checks import CHECKS, Check
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.ledgers import MOVED, NO_LEDGER, NOT_THERE, Recorded
from privaci_core.prove.rows import change_rates, differing, verdict_of_rows
from privaci_core.prove.verdict import Verdict
from privaci_core.prove.verdicts import all_columns_reviewed, passed_through
from privaci_core.stream.ledger import ColumnLedger, Ledger

pytestmark = pytest.mark.unit

POLICY = """version: "1.0"
tables:
  public.person:
    columns:
      note: {action: passthrough}
      email: {action: hash}
  shop.person:
    columns:
      nick: {action: passthrough}
"""


def relation(oid: int, name: str, schema: str = "public") -> Relation:
    """A plain table."""
    return Relation(
        oid=oid,
        schema=schema,
        name=name,
        kind="r",
        persistence="p",
        partition_of=None,
        partition_key=None,
        partition_bound=None,
        inherits=(),
        row_security=False,
        estimated_rows=0,
        heap_bytes=0,
        toast_bytes=0,
        triggers=0,
        comment=None,
    )


def reference(oid: int, to: int, name: str, validated: bool = True) -> ForeignKey:  # noqa: FBT001, FBT002 - as the catalog says it
    """A foreign key."""
    return ForeignKey(
        relation=oid,
        referenced=to,
        child_schema="public",
        child=f"t{oid}",
        child_alone=True,
        parent_schema="public",
        parent=f"t{to}",
        parent_alone=True,
        name=name,
        columns=("other",),
        referenced_columns=("id",),
        match="s",
        on_delete="a",
        deferrable=False,
        validated=validated,
    )


def catalog(
    *relations: Relation,
    foreign_keys: tuple[ForeignKey, ...] = (),
) -> Catalog:
    """A database of some tables and their keys."""
    return Catalog(
        server_version=160000,
        encoding="UTF8",
        relations=relations,
        columns={},
        keys={},
        foreign_keys=foreign_keys,
        checks={},
        enums={},
    )


PERSON, VISIT = relation(1, "person"), relation(2, "visit")


def test_a_verdict_holds_where_nothing_is_wrong() -> None:
    """No difference, or only differences that the policy allows."""
    assert Verdict(differences={}).holds
    allowed = Verdict(differences={"public.t.note": 3}, allowed={"public.t.note"})
    assert allowed.holds
    assert allowed.wrong == {}


def test_a_verdict_names_what_the_policy_does_not_allow() -> None:
    """An allowed place beside another one does not excuse it."""
    verdict = Verdict(
        differences={"public.t.note": 3, "public.t.doc": 1}, allowed={"public.t.note"}
    )
    assert verdict.wrong == {"public.t.doc": 1}
    assert not verdict.holds


def test_a_recorded_ledger_prints_no_key() -> None:
    """Its text may be in a log; with the key, a table of one row could be guessed."""
    assert "secret" not in repr(Recorded(refresh="r", loaded=ledger(), key=b"secret"))


def test_evidence_prints_no_connection() -> None:
    """Its text may be in a log, and names a server and a user."""
    copy, source, rows = "a copy", "a connection", 7
    evidence: Any = Evidence(copy=copy, source=source, sample_rows=rows)  # type: ignore[arg-type]
    assert repr(evidence) == "Evidence(copy='a copy', search='full', sample_rows=7, remasks=False)"


def test_columns_that_the_policy_passes_through_are_allowed() -> None:
    """By schema, table and column; a masked column is not among them."""
    policy = parse_policy(POLICY, name="mask-rules.yaml")
    tables = (PERSON, VISIT, relation(3, "person", schema="shop"))
    assert passed_through(catalog(*tables), policy) == {"public.person.note", "shop.person.nick"}


def ledger(rows: int = 4, whole: int = 9, **columns: ColumnLedger) -> Ledger:
    """A ledger of these columns; an e-mail address whose sum is 7 if none is named."""
    return Ledger(
        rows=rows, whole=whole, columns=columns or {"email": ColumnLedger(sum=7, nulls=0)}
    )


def column(changed: int, **stayed: int) -> ColumnLedger:
    """A masked column, and why values of it stayed."""
    return ColumnLedger(sum=1, nulls=0, changed=changed, stayed=stayed)


def test_a_change_rate_is_the_share_of_values_that_changed() -> None:
    """By column, over values that are there; a column of which none changed is at nought."""
    masked = ledger(
        email=column(3, partial=1, NULL=4, empty=2), name=column(4), note=column(0, ner_mask=2)
    )
    assert change_rates({"public.person": masked, "public.log": ledger(id=column(0, NULL=1))}) == {
        "public.person.email": 0.75,
        "public.person.name": 1.0,
        "public.person.note": 0.0,
    }


def test_a_rate_has_four_digits() -> None:
    """A share that is not one of a hundred."""
    masked = {"public.person": ledger(email=column(2, partial=1))}
    assert change_rates(masked) == {"public.person.email": 0.6667}


def test_row_counts_differ_in_either_direction() -> None:
    """Expected, then found; equal counts are not named, whatever they are."""
    counts = {"a": (0, 0), "b": (7, 7), "c": (7, 6), "d": (0, 1), "e": (-1, 1)}
    assert differing(counts) == {"c": [7, 6], "d": [0, 1], "e": [-1, 1]}


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (ledger(), None),
        (ledger(rows=3), "3 rows where 4 were loaded"),
        (ledger(whole=8), MOVED),
        (ledger(email=ColumnLedger(sum=8, nulls=0)), "values differ in email"),
        (ledger(email=ColumnLedger(sum=7, nulls=1)), "values differ in email"),
        (ledger(email=column(0), name=column(0)), "its columns are others: name"),
        (None, NOT_THERE),
    ],
)
def test_a_table_that_differs_is_named_with_what_differs(
    found: Ledger | None, why: str | None
) -> None:
    """Rows, columns, values, and values that have only changed places."""
    verdict = verdict_of_rows(
        {"public.person": ledger()}, {"public.person": found} if found else {}, []
    )
    assert verdict.differences == ({"public.person": why} if why else {})


@pytest.mark.parametrize(("count", "rest"), [(9, ""), (10, ""), (11, " and 1 more")])
def test_many_columns_are_not_all_named(count: int, rest: str) -> None:
    """A table whose rows are all others differs in each column: ten are named."""
    names = [f"column_{number:02}" for number in range(count)]
    same = {name: ColumnLedger(sum=1, nulls=0) for name in names}
    others = {name: ColumnLedger(sum=2, nulls=0) for name in names}
    verdict = verdict_of_rows({"t": ledger(**same)}, {"t": ledger(**others)}, [])
    assert verdict.differences["t"] == f"values differ in {', '.join(names[:10])}{rest}"


def test_ledgers_are_summed_up() -> None:
    """Rows and values of all tables, and why values stayed; a table without a ledger is wrong."""
    expected = {
        "public.person": ledger(email=column(3, partial=1), name=column(4)),
        "public.visit": ledger(rows=6, place=column(5, partial=1, NULL=2)),
    }
    verdict = verdict_of_rows(expected, expected, ["public.old"])
    assert verdict.differences == {"public.old": NO_LEDGER}
    assert verdict.details == {
        "rows": 10,
        "values": 14,
        "masked_columns": 3,
        "masked_values": 12,
        "kept_values": {"NULL": 2, "partial": 2},
        "change_rates": {
            "public.person.email": 0.75,
            "public.person.name": 1.0,
            "public.visit.place": 0.8333,
        },
    }


def test_columns_that_look_personal_are_named_with_the_evidence() -> None:
    """A suspicion of low confidence is not."""
    suspected = [
        ("public.person", "nick", Suspicion(kind="name", confidence="high", evidence="by name")),
        ("public.person", "size", Suspicion(kind="phone", confidence="low", evidence="digits")),
    ]
    evidence: Any = SimpleNamespace(copy=SimpleNamespace(plan=SimpleNamespace(suspected=suspected)))
    assert all_columns_reviewed(evidence).differences == {"public.person.nick": "name (by name)"}


def test_verify_runs_the_checks_that_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the registry's order, by name; a check that only warns is left to the refresh."""
    found = {check.name: Verdict(differences={check.name: 1}) for check in CHECKS}
    fakes = tuple(
        Check(
            name=check.name,
            proves=check.proves,
            remedy=check.remedy,
            blocks=check.blocks,
            say=check.say,
            find=lambda _, name=check.name: found[name],  # type: ignore[misc]
        )
        for check in CHECKS
    )
    monkeypatch.setattr(checks, "CHECKS", fakes)
    evidence: Any = SimpleNamespace(verdicts={})
    assert checks.verdicts(evidence) == {
        name: verdict for name, verdict in found.items() if name != "all_columns_reviewed"
    }


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_check_says_what_it_proves_and_what_to_do(check: Check) -> None:
    """In whole sentences, which the graph, the proof and the command line show as they are."""
    for sentence in (check.proves, check.remedy):
        assert sentence.endswith(".")
        assert len(sentence.split()) > 4
