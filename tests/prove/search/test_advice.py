"""What a find says to do: which of the two columns to change, and how."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from builders.catalogs import catalog, table
from builders.copies import copy_of

from privaci_core.errors import PreflightError
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import parse_policy
from privaci_core.prove.extent import extent_of
from privaci_core.prove.search.advice import advice, how_to_allow

if TYPE_CHECKING:
    from privaci_core.plan.plan import Plan

pytestmark = pytest.mark.unit

SHOP = catalog(
    table("public.customer", "id integer key", "email text"),
    table("public.purchase", "id integer key", "ref_code text", "note text"),
)
POLICY = parse_policy(
    'version: "1.0"\nauto_detect: false\ntables:\n'
    "  public.customer: {columns: {email: {action: fake, provider: email}}}\n"
    "  public.purchase: {columns: {note: {action: ner_mask}}}\n"
)
EMAIL = "public.customer.email"
# Places that are many, and how a sentence begins with one.
PLURAL = {
    "large objects": ("Large objects", "hold"),
    "the statistics of public.purchase.note": ("The statistics of public.purchase.note", "hold"),
    "the comment of table public.purchase": ("The comment of table public.purchase", "holds"),
}


def told(place: str, plan: Plan | None = None) -> str:
    """The sentence about addresses in a place."""
    copy = copy_of(SHOP, plan or plan_copy(SHOP, POLICY))
    ((sentence,),) = advice({place: {EMAIL: 3}}, copy).values()
    return sentence


@pytest.mark.parametrize(
    ("place", "what"),
    [
        (
            "public.purchase.ref_code",
            ("Mask it (`ner_mask`, `json`, `static`) or allow it with `passthrough`."),
        ),
        (
            "public.purchase.note",
            ("Its own action leaves them there: give it `json` with default redact, or `static`."),
        ),
        ("the statistics of public.purchase.note", "Run ANALYZE on its table."),
        (
            "large objects",
            "Large objects are copied unmasked: remove these from the source, or replace them.",
        ),
        (
            "the comment of table public.purchase",
            "A definition is copied as it is: change it in the source.",
        ),
    ],
)
def test_each_place_has_its_own_remedy(place: str, what: str) -> None:
    """The sentence names both columns."""
    shown, verb = PLURAL.get(place, (place, "holds"))
    assert told(place) == f"{shown} {verb} 3 e-mail addresses of {EMAIL}. {what}"


def test_a_column_that_only_detection_masks_may_be_the_mistake() -> None:
    """Two columns have the same texts: the sentence says that either may be changed."""
    plan = plan_copy(SHOP, POLICY)
    tables = tuple(
        replace(table, masked=tuple(replace(each, reason="detected") for each in table.masked))
        for table in plan.tables
    )
    mistake = f" Only detection masks {EMAIL}: if that is not personal, allow it instead."
    assert told("public.purchase.ref_code", replace(plan, tables=tables)).endswith(mistake)
    assert "detection" not in told("public.purchase.ref_code", plan)


def test_a_search_is_full_or_a_sample() -> None:
    """Another word is refused before anything is read."""
    assert (extent_of("full"), extent_of("sample")) == ("full", "sample")
    with pytest.raises(PreflightError, match="Write full or sample"):
        extent_of("some")


def test_what_the_policy_allows_is_said_without_a_remedy() -> None:
    """One value of a column whose kind is not known, in a column that is passed on."""
    policy = parse_policy(
        'version: "1.0"\nauto_detect: false\ntables:\n'
        "  public.customer: {columns: {email: {action: hash}}}\n"
    )
    copy = copy_of(SHOP, plan_copy(SHOP, policy))
    place = "public.purchase.note"
    said = f"{place} holds 1 value of {EMAIL}, which `passthrough` allows."
    assert advice({place: {EMAIL: 1}}, copy, {place}) == {place: [said]}


def test_what_may_stay_is_allowed_by_rules_to_copy() -> None:
    """Of open columns alone: not of a masked one, nor of one that is allowed, nor of a comment."""
    copy = copy_of(SHOP, plan_copy(SHOP, POLICY))
    code, note = "public.purchase.ref_code", "public.purchase.note"
    found = {code: {EMAIL: 1}, note: {EMAIL: 1}, "large objects": {EMAIL: 1}}
    (sentence,) = how_to_allow(found, copy, set())
    first, _, rules = sentence.partition("\n")
    assert first.endswith("allow them:")
    policy = parse_policy(f'version: "1.0"\n{rules}')
    assert {name: list(table.columns) for name, table in policy.tables.items()} == {
        "public.purchase": ["ref_code"]
    }
    assert how_to_allow(found, copy, {code}) == []
