"""Fakes whose form changed are told from those of an earlier release."""

from __future__ import annotations

from typing import Any

import pytest
from masks.cases import ACTIONS

from privaci_core.masks import FIRST_FORM, Shape, form_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("rule", "shape", "form"),
    [
        ({"provider": "email"}, Shape(), FIRST_FORM),
        ({"provider": "email"}, Shape(unique=True), FIRST_FORM),
        ({"provider": "phone"}, Shape(), FIRST_FORM),
        ({"provider": "phone"}, Shape(unique=True), 2),
        ({"provider": "phone"}, Shape(type_name="int8", unique=True), FIRST_FORM),
        ({"provider": "ssn"}, Shape(), FIRST_FORM),
        ({"provider": "ssn"}, Shape(max_length=9), FIRST_FORM),
        ({"provider": "ssn"}, Shape(max_length=11), 2),
    ],
)
def test_a_form_is_of_provider_and_column(rule: dict[str, Any], shape: Shape, form: int) -> None:
    """A column that holds what it always held keeps its first form."""
    assert form_of(ACTIONS.validate_python({"action": "fake", **rule}), shape) == form


def test_other_masks_have_one_form() -> None:
    """What draws from no pool never changed."""
    assert form_of(ACTIONS.validate_python({"action": "null"}), Shape(unique=True)) == FIRST_FORM
