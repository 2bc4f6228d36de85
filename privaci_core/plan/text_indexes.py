"""Empties open columns of words that were indexed from texts which are masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.detect.redact import redact
from privaci_core.masks.base.shape import TEXT
from privaci_core.plan.rules import ColumnRule
from privaci_core.policy import Passthrough

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from privaci_core.catalog.catalog import Place
    from privaci_core.masks import Shape
    from privaci_core.plan.inputs import Inputs

INDEXED = TEXT | {"json", "jsonb"}
EVIDENCE = "the words of its table's texts, which are masked; index them again in the copy"


def empty_text_indexes(
    inputs: Inputs,
    places: Iterable[Place],
    rules: Mapping[Place, ColumnRule],
    shapes: Mapping[Place, Shape],
) -> dict[Place, ColumnRule]:
    """Rules for open columns of the type tsvector, in tables where a rule masks a text.

    A generated one is open to no rule: Postgres makes it from the masked text.
    """
    masked = {
        place[0]
        for place, rule in rules.items()
        if shapes[place].type_name in INDEXED and not isinstance(rule.action, Passthrough)
    }
    return {
        place: ColumnRule(action=action, reason="detected", evidence=EVIDENCE)
        for place in places
        if place[0] in masked
        and inputs.policy.auto_detect
        and shapes[place].type_name == "tsvector"
        and (action := redact(shapes[place], is_key=False)) is not None
    }
