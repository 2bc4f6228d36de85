"""Templates that would write originals are refused; others are filled in their order."""

from __future__ import annotations

import polars as pl
import pytest
from builders.catalogs import catalog, table
from builders.policies import AS_IT_IS, NAME, columns, policy

from privaci_core.masks import Keys
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import FindingsError
from privaci_core.stream.bind_columns import bind_leading

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table("public.person", "id int4 key", "email text", "a text", "b text", "c text", "notes text")
)


def template(text: str) -> dict[str, object]:
    """A rule that fills a template."""
    return {"action": "template", "template": text}


def refused(**actions: dict[str, object]) -> str:
    """Why a policy is refused."""
    rules = policy(columns("public.person", **actions), auto_detect=True)
    with pytest.raises(FindingsError) as found:
        plan_copy(SOURCE, rules)
    return str(found.value)


@pytest.mark.parametrize("text", ["{a}", "{a:lower}", "x {b} {a}"])
def test_a_template_of_its_own_column_is_refused(text: str) -> None:
    """It would read the original."""
    why = refused(a=template(text), b=NAME)
    assert "columns.a: the template reads itself through a: it gives the original" in why


def test_templates_that_read_each_other_are_refused() -> None:
    """The last of them would give the first one's original back."""
    why = refused(a=template("{b}"), b=template("{c}"), c=template("{a}"))
    for one, other in (("a", "b"), ("b", "c"), ("c", "a")):
        assert f"columns.{one}: the template reads itself through {other}" in why


def test_a_template_of_an_unmasked_personal_column_is_refused() -> None:
    """What would be copied on purpose has to be said; a plain column may be read."""
    why = refused(a=template("{notes} {id} {email}"), b=template("{a}"))
    assert "columns.a: the template reads notes, which looks personal (free_text)" in why
    assert "columns.b" not in why
    rules = columns("public.person", a=template("{notes} {id}"), notes=AS_IT_IS)
    assert plan_copy(SOURCE, policy(rules, auto_detect=True)).masked_columns


def test_templates_of_templates_are_filled_in_their_order() -> None:
    """Each one reads what the others became, whichever column comes first in the table."""
    rules = columns(
        "public.person",
        a=template("<{b}>"),
        b=template("[{c}]"),
        c={"action": "static", "value": "masked"},
    )
    (plan,) = plan_copy(SOURCE, policy(rules)).tables
    leading = bind_leading(plan, Keys.of(b"a salt of the test suite, long enough"))
    row = {name: pl.Series(name, ["original"]) for name in ("a", "b", "c")}
    masked: dict[str, pl.Series] = {}
    for column in leading.masked:
        if column.name in row:
            masked[column.name] = column.mask(row[column.name], row, masked)
    assert {name: masked[name][0] for name in row} == {
        "a": "<[masked]>",
        "b": "[masked]",
        "c": "masked",
    }
