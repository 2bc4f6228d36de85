"""Which columns of a table become one person, and which stay by themselves."""

from __future__ import annotations

from typing import Any

import pytest
from builders.catalogs import catalog, table
from builders.policies import EMAIL, HASH, columns, policy

from privaci_core.plan.mask_digests import mask_digests
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import FindingsError
from privaci_core.stream.bind_columns import _turns

pytestmark = pytest.mark.unit

FIRST = {"action": "fake", "provider": "first_name"}


def personas(*columns_of_it: str, rules: dict[str, Any] | None = None) -> dict[str, str]:
    """The persona of each masked column of a table of people that has one."""
    source = catalog(table("public.customer", "id int4 key", *columns_of_it))
    plan = plan_copy(source, policy(rules, auto_detect=True))
    found = [(column, getattr(column.action, "persona", None)) for column in plan.tables[0].masked]
    assert all((persona,) == column.reads for column, persona in found if persona)
    assert all(column.anchor for column, persona in found if persona)
    return {column.name: persona for column, persona in found if persona}


def test_detected_names_are_those_of_the_address() -> None:
    """Whatever their order, and the user name too."""
    found = personas(
        "first_name text", "last_name text", "email text unique", "username text unique"
    )
    assert found == dict.fromkeys(["first_name", "last_name", "username"], "email")


def test_without_an_address_the_user_name_decides() -> None:
    """It is told apart as well."""
    assert personas("full_name text", "username text") == {"full_name": "username"}


def test_names_alone_have_no_persona() -> None:
    """They agree by their values."""
    assert personas("first_name text", "last_name text") == {}


def test_two_people_of_a_row_stay_two() -> None:
    """Each with the address that is called after it; one without an address by itself."""
    found = personas(
        "first_name text", "email text", "contact_full_name text", "contact_email text"
    )
    assert found == {"first_name": "email", "contact_full_name": "contact_email"}
    assert personas("first_name text", "manager_full_name text", "email text") == {
        "first_name": "email"
    }


def test_the_only_person_belongs_to_the_only_address() -> None:
    """Whatever the columns are called after."""
    assert personas("customer_first_name text", "email text") == {"customer_first_name": "email"}


def test_unique_names_and_linked_ones_have_no_persona() -> None:
    """Their fakes are decided by their values alone."""
    assert personas("first_name text unique", "email text") == {}
    source = catalog(
        table("public.customer", "id int4 key", "email text", "username text unique"),
        table("public.visit", "id int4 key", "username text -> public.customer.username"),
    )
    plan = plan_copy(source, policy(auto_detect=True))
    assert not any(getattr(c.action, "persona", None) for t in plan.tables for c in t.masked)


def test_a_rule_keeps_what_it_says() -> None:
    """A listed column has a persona only if the policy says so; a listed address decides."""
    rules = columns("public.customer", first_name=FIRST, email={**EMAIL, "seed_alias": "x"})
    assert personas("first_name text", "last_name text", "email text", rules=rules) == {
        "last_name": "email"
    }
    rules = columns("public.customer", first_name={**FIRST, "persona": "email"})
    names = dict.fromkeys(("first_name", "last_name"), "email")
    assert personas("first_name text", "last_name text", "email text", rules=rules) == names


@pytest.mark.parametrize(
    ("persona", "why"),
    [
        ("nothing", "the table has no column nothing"),
        ("id", "nothing masks id as email or username"),
        ("other", "nothing masks other as email or username"),
    ],
)
def test_a_persona_without_an_anchor_is_refused(persona: str, why: str) -> None:
    """With the column and what to name instead."""
    rules = columns("public.customer", first_name={**FIRST, "persona": persona}, other=HASH)
    with pytest.raises(FindingsError) as caught:
        personas("first_name text", "other text", "email text", rules=rules)
    assert any(why in str(finding) for finding in caught.value.findings)


def test_a_persona_of_a_key_is_refused() -> None:
    """The referring table has another row."""
    source = catalog(
        table("public.customer", "id int4 key", "email text", "username text unique"),
        table(
            "public.visit", "id int4 key", "email text", "username text -> public.customer.username"
        ),
    )
    rule = {"action": "fake", "provider": "username", "persona": "email"}
    rules = columns("public.customer", username=rule, email=EMAIL) | columns(
        "public.visit", email=EMAIL
    )
    with pytest.raises(FindingsError, match="a key links the column to others"):
        plan_copy(source, policy(rules))


def test_a_persona_tells_a_mask_apart() -> None:
    """From the same mask without one, and from one whose address has another key."""
    source = catalog(table("public.customer", "id int4 key", "first_name text", "email text"))

    def hashed(email: dict[str, Any], **persona: str) -> str:
        rules = columns("public.customer", first_name={**FIRST, **persona}, email=email)
        (found,) = plan_copy(source, policy(rules)).tables
        return mask_digests(found)["first_name"]

    other = {**EMAIL, "seed_alias": "x"}
    assert len({hashed(EMAIL), hashed(EMAIL, persona="email"), hashed(other, persona="email")}) == 3


def test_an_address_follows_a_name_if_the_policy_says_so() -> None:
    """Detection then leaves the row's other names to their values."""
    email = {**EMAIL, "persona": "first_name"}
    rules = columns("public.customer", first_name=FIRST, email=email)
    found = personas(
        "first_name text", "last_name text", "email text", "username text", rules=rules
    )
    assert found == {"email": "first_name"}


def test_names_that_a_document_repeats_have_no_persona() -> None:
    """They are equal by their values."""
    paths = {"$.name": {"action": "fake", "provider": "full_name"}}
    rules = columns("public.customer", data={"action": "json", "paths": paths})
    assert personas("first_name text", "email text", "data jsonb", rules=rules) == {}
    paths = {"$.mail": EMAIL}
    rules = columns("public.customer", data={"action": "json", "paths": paths})
    assert personas("first_name text", "email text", "data jsonb", rules=rules) != {}


def test_texts_of_a_row_are_masked_after_its_person() -> None:
    """Because they name it."""
    source = catalog(table("public.customer", "note text", "first_name text", "email text"))
    rules = columns(
        "public.customer",
        note={"action": "ner_mask"},
        first_name={**FIRST, "persona": "email"},
        email=EMAIL,
    )
    (found,) = plan_copy(source, policy(rules)).tables
    assert _turns(found) == {"note": 1, "first_name": 0, "email": 0}


def test_a_rule_that_was_chosen_can_be_written_down() -> None:
    """So that a starter policy does what the plan without a policy does."""
    source = catalog(table("public.customer", "id int4 key", "first_name text", "email text"))
    (found,) = plan_copy(source, policy(auto_detect=True)).tables
    rules = {
        column.name: column.action.model_dump(exclude_defaults=True) for column in found.masked
    }
    assert rules["first_name"] == {**FIRST, "persona": "email"}


def test_user_names_that_several_tables_have_stay_equal() -> None:
    """They may refer to one another; the names beside them follow the address all the same."""
    source = catalog(
        table("public.customer", "id int4 key", "first_name text", "email text", "username text"),
        table("public.person", "id int4 key", "username text"),
    )
    plan = plan_copy(source, policy(auto_detect=True))
    found = {(t.relation, c.name): c.action.persona for t in plan.tables for c in t.masked}
    assert found == {
        ("customer", "first_name"): "email",
        ("customer", "email"): None,
        ("customer", "username"): None,
        ("person", "username"): None,
    }
