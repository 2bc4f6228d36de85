"""A document that refers to a masked key keeps its original, unless a rule masks it too."""

from __future__ import annotations

from typing import Any

import pytest
from builders.catalogs import catalog, table
from builders.policies import HASH, policy

from privaci_core.plan.plan_copy import plan_copy

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table("public.person", "id text key"),
    table("public.event", "id int4 key", "payload jsonb"),
)
RELATION = {"from": "public.event(payload->'by'->>'id')", "to": "public.person(id)"}
MASKED = {"public.person": {"columns": {"id": HASH}}}


def warned(rules: dict[str, Any], payload: dict[str, Any] | None = None) -> tuple[str, ...]:
    """What the plan warns of."""
    event = {"public.event": {"columns": {"payload": payload}}} if payload else {}
    return plan_copy(SOURCE, policy({**rules, **event}, relations=[RELATION])).warnings


def test_the_original_of_a_masked_key_stays_in_documents() -> None:
    """The plan says where, and what masks it; a key that stays is no secret."""
    (warning,) = warned(MASKED)
    assert warning.startswith(
        "REFERENCE public.event.payload->'by'->>'id': refers to public.person.id, which is masked"
    )
    assert warned({}) == ()


@pytest.mark.parametrize(
    ("payload", "count"),
    [
        ({"action": "json", "paths": {"$.by.id": HASH}}, 0),
        ({"action": "json", "paths": {"$.*.id": HASH}}, 0),
        ({"action": "json", "paths": {"$.by": {"action": "remove"}}}, 0),
        ({"action": "json", "paths": {}, "default": "redact"}, 0),
        ({"action": "null"}, 0),
        ({"action": "json", "paths": {"$.by.name": HASH}}, 1),
        ({"action": "json", "paths": {"$.by.id.more": HASH}}, 1),
        ({"action": "passthrough"}, 1),
    ],
)
def test_a_rule_on_the_place_masks_it(payload: dict[str, Any], count: int) -> None:
    """One around it as well; one beside it or below it does not."""
    assert len(warned(MASKED, payload)) == count
