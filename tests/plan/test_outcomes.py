"""How many outcomes a mask has is said where they are few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from builders.catalogs import catalog, table
from builders.policies import columns, policy

from privaci_core.masks import Shape
from privaci_core.plan import outcomes
from privaci_core.plan.outcomes import said_outcomes
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.show import lines_of
from privaci_core.policy import Fake

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table(
        "public.t",
        "id int4 key",
        "size size",
        "code varchar(1)",
        "word text",
        "year int2",
        "share numeric(2,0)",
        "born date",
    ),
    enums={"public.size": ("s", "m", "l")},
)
FPE = {"action": "fpe"}


@pytest.mark.parametrize(
    ("column", "action", "said"),
    [
        ("size", {"action": "hash"}, "mask of 2 possible outcomes"),
        ("code", {"action": "hash"}, "mask of 16 possible outcomes"),
        ("code", {**FPE, "alphabet": "abc"}, "mask of 2 possible outcomes"),
        ("code", {**FPE, "alphabet": "lower"}, "mask of 25 possible outcomes"),
        ("share", FPE, "mask of 98 possible outcomes"),
        ("year", {"action": "noise", "amount": 3}, "mask of 6 possible outcomes"),
        ("year", {"action": "noise", "amount": 0.1}, "mask of 2 possible outcomes"),
        (
            "year",
            {"action": "noise", "ratio": 0.1},
            "mask of 2 possible outcomes of a small number",
        ),
        (
            "year",
            {"action": "noise", "amount": 90, "minimum": 0, "maximum": 10},
            "mask of 10 possible outcomes",
        ),
        ("born", {"action": "date_shift", "days": 10}, "mask of 20 possible outcomes"),
        ("word", {"action": "fake", "provider": "user_agent"}, "mask of 6 possible outcomes"),
        ("word", {"action": "fake", "provider": "password"}, ""),
        ("word", {"action": "fake", "provider": "email"}, ""),
        ("word", {"action": "hash"}, ""),
        ("word", {"action": "static", "value": "x"}, ""),
        ("born", {"action": "date_shift", "days": 3000}, ""),
        ("year", FPE, ""),
    ],
)
def test_few_outcomes_are_said(column: str, action: dict[str, Any], said: str) -> None:
    """By the action, the type and its bounds; a constant or a wide choice says nothing."""
    rules = policy(columns("public.t", **{column: action}))
    plan = plan_copy(SOURCE, rules)
    (masked,) = plan.tables[0].masked
    assert said_outcomes(masked) == said
    (line,) = (line for line in lines_of(plan, SOURCE) if line.column == column)
    assert line.reason == (f"rule; {said}" if said else "rule")


def test_a_large_pool_is_not_asked_for_all_of_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thousand values show that it has more than a few, and the plan needs no more."""
    asked: list[int] = []

    def bound(*_: object) -> Callable[[pl.Series], pl.Series]:
        return lambda values: asked.append(len(values)) or values

    monkeypatch.setattr(outcomes, "bind", bound)
    action = Fake(action="fake", provider="email")
    pool = outcomes._Pool(action, Shape())
    assert outcomes._of_pool.__wrapped__(pool) == sum(asked) == 2 * outcomes.FEW
