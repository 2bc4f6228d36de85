"""A column whose mask changed its form is told apart from an earlier refresh's; no other is."""

from __future__ import annotations

from typing import Any

import pytest

from privaci_core.masks import Shape
from privaci_core.plan.mask_digests import later_form, mask_digests
from privaci_core.plan.plan import ColumnPlan, TablePlan
from privaci_core.policy import Fake

pytestmark = pytest.mark.unit


def planned(provider: str, **shape: Any) -> ColumnPlan:
    """A column that a provider masks."""
    action = Fake(action="fake", provider=provider)
    return ColumnPlan(
        name="c", action=action, shape=Shape(**shape), reason="rule", wire_type="text"
    )


def test_a_new_form_is_another_mask() -> None:
    """A unique telephone number, a social security number of eleven characters."""
    assert later_form(planned("phone", unique=True)) == (2,)
    assert later_form(planned("ssn", type_name="bpchar", max_length=11)) == (2,)


def test_the_hash_of_a_mask_that_never_changed_stays() -> None:
    """As releases before recorded it with their tables."""
    column = planned("phone")
    assert later_form(column) == ()
    table: Any = TablePlan.__new__(TablePlan)
    object.__setattr__(table, "masked", (column,))
    assert mask_digests(table) == {"c": "9ad822f1dd25ecd8"}
