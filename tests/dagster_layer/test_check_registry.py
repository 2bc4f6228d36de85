"""The registry of checks: each entry is in the graph, in the proof and on the page of checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from privaci_core.prove.checks import CHECK_NAMED, CHECKS, Check
from privaci_core.prove.verdict import Verdict
from privaci_dagster.asset_keys import Names
from privaci_dagster.check_results import result_of
from privaci_dagster.checks import build_checks
from privaci_dagster.failures import sentences_in
from privaci_dagster.history import check_records
from privaci_dagster.labels import DIFFERENCE_COUNT, DIFFERENCES, REFRESH, WHAT_TO_DO

pytestmark = pytest.mark.dagster

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "checks.md"
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
FOUND = {"public.t.a": {"public.s.c": 1}}
BLOCKING, WARNING = CHECK_NAMED["no_originals"], CHECK_NAMED["all_columns_reviewed"]


def test_the_graph_has_every_check() -> None:
    """With the registry's name, sentence and severity, in the registry's order."""
    specs = [spec for made in build_checks(Names(prefix="crm")) for spec in made.check_specs]
    assert [(spec.name, spec.description, spec.blocking) for spec in specs] == [
        (check.name, check.proves, check.blocks) for check in CHECKS
    ]
    assert {spec.asset_key for spec in specs} == {Names(prefix="crm").constraints}


def test_the_page_has_every_check() -> None:
    """One row a check: name, sentence, what follows from a failure, and the remedy."""
    fails = {True: "the target is not published", False: "a warning"}
    rows = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    ]
    assert rows == [
        f"| `{check.name}` | {check.proves} | {fails[check.blocks]} | {check.remedy} |"
        for check in CHECKS
    ]


def test_the_proof_has_every_check(instance: Any) -> None:
    """Each check that ran is read back, so that none silently leaves the proof."""
    for check in CHECKS:
        evaluation = dg.AssetCheckEvaluation(
            asset_key=Names().constraints,
            check_name=check.name,
            passed=True,
            metadata={DIFFERENCES: dg.MetadataValue.json({}), REFRESH: "monday"},
        )
        instance.report_runless_asset_event(evaluation)
    assert [record.name for record in check_records(instance, Names(), "monday")] == [*CHECK_NAMED]


def test_names_are_unique() -> None:
    """A second check of the same name would hide the first."""
    assert len(CHECK_NAMED) == len(CHECKS)


@pytest.mark.parametrize(
    ("check", "verdict", "expected"),
    [
        (BLOCKING, Verdict(differences={}), (True, ERROR)),
        (BLOCKING, Verdict(differences=FOUND), (False, ERROR)),
        (BLOCKING, Verdict(differences=FOUND, allowed={"public.t.a"}), (False, WARN)),
        (
            BLOCKING,
            Verdict(differences=FOUND | {"public.t.b": {"public.s.c": 1}}, allowed={"public.t.a"}),
            (False, ERROR),
        ),
        (WARNING, Verdict(differences={}), (True, WARN)),
        (WARNING, Verdict(differences={"public.t.a": "email"}), (False, WARN)),
    ],
)
def test_only_what_the_policy_does_not_allow_is_an_error(
    check: Check, verdict: Verdict, expected: tuple[bool, dg.AssetCheckSeverity]
) -> None:
    """A difference that the policy allows, and any of a check that does not block, is a warning."""
    result = result_of(check, verdict, "monday")
    assert (result.passed, result.severity) == expected
    assert result.metadata[DIFFERENCES].value == verdict.differences


def test_a_result_shows_what_was_looked_at() -> None:
    """Counts as numbers, lists and mappings as JSON, beside the refresh and the differences."""
    details = {"rows": 7, "tables_without_a_key": ["public.t"], "change_rates": {"public.t.a": 0.5}}
    result = result_of(BLOCKING, Verdict(differences={}, details=details), "monday", 1.23456)
    shown = {name: value.value for name, value in result.metadata.items()}
    counts = {DIFFERENCE_COUNT: 0, "seconds": 1.235}
    assert shown == {REFRESH: "monday", DIFFERENCES: {}, **counts, **details}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_result_says_what_to_do_in_its_description(check: Check) -> None:
    """The sentence is the same in the description, in the metadata and in the command's words."""
    known: dict[str, Any] = {"same_rows": [3, 2], "subset_is_closed": 2, "k_anonymity": 2}
    found = known.get(check.name, "the index is not in the target")
    said = "public.t.a holds 2 values of public.s.b. Mask it."
    own = {"public.t: a": [said]} if check.name == "no_originals" else {}
    result = result_of(check, Verdict(differences={"public.t: a": found}, said=own), "x")
    (sentence,) = result.metadata[WHAT_TO_DO].value
    assert result.description == sentence
    evaluation = dg.AssetCheckEvaluation(
        asset_key=Names().constraints, check_name=check.name, passed=False, metadata=result.metadata
    )
    assert sentences_in(evaluation) == [sentence]
