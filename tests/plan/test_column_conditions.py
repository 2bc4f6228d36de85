"""Conditions of column rules: compiled, or refused with their place in the policy."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, place, table
from builders.policies import AS_IT_IS, EMAIL, HASH, columns, policy

from privaci_core.plan.column_conditions import compile_conditions
from privaci_core.plan.column_shape import shapes_of
from privaci_core.plan.inputs import Inputs
from privaci_core.plan.linked_columns import link_columns
from privaci_core.plan.ruled_columns import spread_rules
from privaci_core.plan.rules import read_rules

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table("public.team", "id int4 key", "code varchar(9) unique", "name text", "size int4"),
    table("public.person", "id int4 key", "team varchar(9) -> public.team.code", "day date unique"),
)
WHEN = {"when": "id > 5"}


def compiled(tables: dict[str, object]) -> object:
    """The conditions of a policy."""
    inputs = Inputs(catalog=SOURCE, policy=policy(tables), contents={})
    rules = spread_rules(inputs, read_rules(inputs), link_columns(inputs)).rules
    return compile_conditions(inputs, rules, shapes_of(SOURCE))


def test_a_condition_becomes_sql() -> None:
    """At its column; rules without one have none."""
    found = compiled(columns("public.team", size=HASH, name=HASH | WHEN))
    assert {where: sql.as_string(None) for where, sql in found.compiled.items()} == {
        place(SOURCE, "public.team.name"): '("id" > 5)'
    }
    assert found.findings == ()


def test_passthrough_has_no_condition() -> None:
    """Its values stay in any case, so a condition that cannot be read does not matter."""
    found = compiled(columns("public.team", name=AS_IT_IS | {"when": "((("}))
    assert (found.compiled, found.findings) == ({}, ())


def test_a_condition_that_cannot_be_compiled_is_refused() -> None:
    """With its line in the policy, the reason and what may be meant."""
    found = compiled(columns("public.team", name=HASH | {"when": "siz > 5"}))
    (finding,) = found.findings
    assert 'tables."public.team".columns.name.when: the table has no column siz' in str(finding)
    assert "Did you mean `size`?" in str(finding)
    assert found.compiled == {}


def test_a_fake_must_not_meet_a_value_that_stays() -> None:
    """In a unique column of numbers or dates, where both look alike; and both mistakes are said."""
    found = compiled(columns("public.team", id=HASH | {"when": "nope == 1"}))
    messages = [str(finding) for finding in found.findings]
    assert len(messages) == 2
    assert "a value that stays and a fake could meet in a unique column" in messages[0]
    assert "columns.id.when: a value" in messages[0]
    assert "use hash on text." in messages[0]
    assert "the table has no column nope" in messages[1]


@pytest.mark.parametrize(
    ("action", "refused"),
    [
        (HASH, False),
        (EMAIL, False),
        ({"action": "pseudonym", "provider": "email"}, False),
        ({"action": "fpe"}, True),
        ({"action": "static", "value": "x"}, True),
    ],
)
def test_fakes_of_unique_text_never_equal_a_real_value(
    action: dict[str, str], *, refused: bool
) -> None:
    """Hashes and fakes are outside of what people write; other masks are not."""
    found = compiled(columns("public.team", code=action | WHEN | {"when": "size > 5"}))
    meeting = [f for f in found.findings if "columns.code" in str(f) and "could meet" in str(f)]
    assert bool(meeting) is refused


def test_the_columns_own_index_decides() -> None:
    """A referencing column is not unique by what it refers to; a hash of a date can meet one."""
    rules = columns("public.person", team={"action": "fpe"} | WHEN)
    found = [str(f) for f in compiled(rules).findings if "could meet" in str(f)]
    assert len(found) == 1
    assert "public.team" in found[0]
    (day,) = compiled(columns("public.person", day=HASH | WHEN)).findings
    assert "could meet" in str(day)
