"""Actions for columns that no rule covers: by detection, and by the policy's `unlisted`."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, place, table
from builders.policies import AS_IT_IS, HASH, columns, policy

from privaci_core.plan.chosen_actions import choose_actions
from privaci_core.plan.column_shape import shapes_of
from privaci_core.plan.inputs import Inputs
from privaci_core.plan.linked_columns import link_columns
from privaci_core.plan.open_columns import find_open_columns
from privaci_core.plan.ruled_columns import spread_rules
from privaci_core.plan.rules import read_rules

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table("public.customer", "id int4 key", "email text unique", "notes text"),
    table("public.mail", "sender text -> public.customer.email", "size int4 not null"),
    table("public.visit", "id int4", "phone text", kind="p"),
    table("public.visit_1", "id int4", "phone text", partition_of="public.visit"),
)


def chosen(
    tables: dict[str, object] | None = None, source: object = SOURCE, **rest: object
) -> object:
    """What a policy's settings choose."""
    inputs = Inputs(catalog=source, policy=policy(tables, **rest), contents={})
    rules, links = read_rules(inputs), link_columns(inputs)
    ruled = spread_rules(inputs, rules, links)
    opened = find_open_columns(inputs, rules, ruled)
    return choose_actions(inputs, ruled, opened, links, shapes_of(source))


def shown(found: object, source: object = SOURCE) -> dict[str, tuple[str, str]]:
    """Columns with their action and reason."""
    return {
        f"{source.by_oid[oid].name}.{name}": (rule.action.action, rule.reason)
        for (oid, name), rule in found.rules.items()
    }


def test_what_surely_looks_personal_is_masked() -> None:
    """With what refers to it, and a table's partitions; what is not sure stays."""
    found = chosen(auto_detect=True)
    assert shown(found) == {
        "customer.email": ("fake", "detected"),
        "mail.sender": ("fake", "inherited by key"),
        "visit.phone": ("fake", "detected"),
        "visit_1.phone": ("fake", "detected"),
    }
    assert found.findings == ()
    rule = found.rules[place(SOURCE, "public.mail.sender")]
    assert (rule.evidence, rule.when) == ("its name and its type text", None)
    assert rule.action.provider == "email"


def test_nothing_is_chosen_without_detection() -> None:
    """The usual `unlisted` copies what no rule covers."""
    assert chosen(auto_detect=False).rules == {}
    assert chosen(auto_detect=False).findings == ()


def test_a_strict_policy_chooses_nothing() -> None:
    """It has refused the columns instead."""
    assert chosen(auto_detect=True, strict_autodetect=True).rules == {}


def test_a_rule_wins_over_detection() -> None:
    """A column that a rule covers keeps it, though a detected one refers to it."""
    rules = columns("public.customer", email=AS_IT_IS)
    assert set(shown(chosen(rules, auto_detect=True))) == {"visit.phone", "visit_1.phone"}


def test_the_most_demanding_linked_column_decides() -> None:
    """Unique as the referenced column, short as the referencing one: only a hash fits."""
    source = catalog(
        table("public.customer", "email text unique"),
        table("public.mail", "sender varchar(20) -> public.customer.email"),
    )
    assert set(shown(chosen(source=source, auto_detect=True), source).values()) == {
        ("hash", "detected"),
        ("hash", "inherited by key"),
    }


def test_a_place_on_a_map_gets_another() -> None:
    """A point, and a number of degrees."""
    source = catalog(table("public.customer", "id int4 key", "lat point"))
    assert shown(chosen(source=source, auto_detect=True), source) == {
        "customer.lat": ("fake", "detected")
    }


def test_what_nothing_masks_is_refused() -> None:
    """With its kind, evidence and type."""
    source = catalog(table("public.patient", "email varchar(3) unique not null"))
    found = chosen(source=source, auto_detect=True)
    (finding,) = found.findings
    assert "seems to hold email (its name and its type text)" not in str(finding)
    assert (
        "it seems to hold email (its name and its type varchar), and nothing masks a varchar"
        in (str(finding))
    )
    assert found.rules == {}


def test_an_unmaskable_column_does_not_hide_others() -> None:
    """All that is sure is looked at."""
    source = catalog(table("public.patient", "email varchar(3) unique not null", "phone text"))
    assert set(shown(chosen(source=source, auto_detect=True), source)) == {"patient.phone"}


def test_deny_refuses_every_column_by_name() -> None:
    """A partition's column is not named beside its table's."""
    found = [str(f) for f in chosen(columns("public.visit", id=HASH), unlisted="deny").findings]
    assert len(found) == 6
    assert all("the column is not listed. Give it an action" in line for line in found)
    assert not any("visit_1" in line for line in found)
    assert chosen(unlisted="deny").rules == {}


def test_deny_lets_detected_columns_pass() -> None:
    """They are masked, not copied."""
    found = [str(f) for f in chosen(unlisted="deny", auto_detect=True).findings]
    assert not any("columns.email" in line or "columns.phone" in line for line in found)
    assert any("columns.notes" in line for line in found)


def test_mask_keeps_nothing_of_unlisted_columns() -> None:
    """Keys stay keys, what may be NULL is NULL, the rest is a constant; partitions too."""
    found = chosen(columns("public.customer", notes=AS_IT_IS), unlisted="mask")
    assert shown(found) == {
        "customer.id": ("hash", "unlisted"),
        "customer.email": ("hash", "unlisted"),
        "mail.sender": ("hash", "unlisted"),
        "mail.size": ("static", "unlisted"),
        "visit.id": ("null", "unlisted"),
        "visit.phone": ("null", "unlisted"),
        "visit_1.id": ("null", "unlisted"),
        "visit_1.phone": ("null", "unlisted"),
    }
    assert found.findings == ()


def test_mask_refuses_what_it_cannot_redact() -> None:
    """With its type, once for all partitions."""
    source = catalog(
        table("public.road", "line path not null", "name text", kind="p"),
        table("public.road_1", "line path not null", "name text", partition_of="public.road"),
    )
    found = chosen(source=source, unlisted="mask")
    (finding,) = found.findings
    assert "the column is not listed, and nothing redacts a path" in str(finding)
    assert set(shown(found, source)) == {"road.name", "road_1.name"}
