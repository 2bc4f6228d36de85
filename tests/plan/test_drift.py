"""What changed between a reviewed source and the present one, and what of it needs a review."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, table
from builders.policies import HASH, columns, policy

from privaci_core.catalog.lock_file import lock_of
from privaci_core.errors import DriftError
from privaci_core.plan.drift import Change, drift, refuse_drift
from privaci_core.plan.plan_copy import plan_copy

pytestmark = pytest.mark.unit

TEAM = table("public.team", "id int4 key", "name text")
PERSON = ("public.person", "id int4 key", "team int4", "size int4")


def changes(before: tuple, after: tuple, **rest: object) -> dict[str, tuple[str, bool]]:
    """The changes between two sources, under a policy."""
    source = catalog(*after)
    plan = plan_copy(source, policy(**{"auto_detect": True, **rest}))
    found = drift(lock_of(catalog(*before)), source, plan)
    return {f"{change.kind} {change.place}": (change.said, change.blocks) for change in found}


def test_the_same_source_has_not_changed() -> None:
    """Whatever the policy says."""
    assert changes((TEAM, table(*PERSON)), (TEAM, table(*PERSON))) == {}


def test_new_and_removed_tables_need_a_review() -> None:
    """No asset loads the one, and nothing is left of the other."""
    assert changes((TEAM,), (table(*PERSON),)) == {
        "added public.person": ("a new table of 3 columns that no asset loads yet", True),
        "removed public.team": ("the table is gone", True),
    }


@pytest.mark.parametrize(
    ("column", "said", "blocks"),
    [
        ("colour text", "it does not look personal", False),
        ("email text", "covered: fake, detected", False),
        ("city text", "covered: fake, detected", False),
        (
            "notes text",
            "looks like free_text (its name: such columns hold free text), and is not covered",
            True,
        ),
    ],
)
def test_a_new_column_is_judged_by_the_plan(column: str, said: str, *, blocks: bool) -> None:
    """Only one that looks personal and that nothing masks needs a review."""
    place = f"added public.person.{column.partition(' ')[0]}"
    assert changes((table(*PERSON),), (table(*PERSON, column),)) == {place: (said, blocks)}


def test_a_doubtful_column_needs_no_review() -> None:
    """Low confidence is shown by the plan, and stops nothing."""
    before, after = table("public.shop", "id int4"), table("public.shop", "id int4", "city text")
    assert changes((before,), (after,)) == {
        "added public.shop.city": ("it does not look personal", False)
    }


def test_a_columns_partitions_are_not_named() -> None:
    """A masked column of a partition is its table's."""

    def event(*more: str) -> tuple:
        return (
            table("public.event", "id int4", *more, kind="p"),
            table("public.event_1", "id int4", *more, partition_of="public.event"),
        )

    rules = columns("public.event", who=HASH)
    assert changes(event(), event("who text"), tables=rules) == {
        "added public.event.who": ("covered: hash, inherited by key", False)
    }


def test_other_changes_are_told() -> None:
    """Types, columns that are gone, primary keys and references: none needs a review."""
    after = table("public.person", "id int8", "team int4 key -> public.team.id")
    assert changes((TEAM, table(*PERSON)), (TEAM, after)) == {
        "changed public.person.id": ("its type was int4 and is int8", False),
        "removed public.person.size": ("the column is gone", False),
        "changed public.person": ("its foreign keys refer to other tables", False),
    }
    keyless = table("public.person", "id int4", "team int4", "size int4")
    assert changes((table(*PERSON),), (keyless,)) == {
        "changed public.person": ("its primary key was (id) and is (none)", False)
    }


def test_what_needs_no_review_is_not_refused() -> None:
    """Drift is refused with every change that needs one, and only those."""
    harmless = Change(kind="changed", place="public.t.a", said="its type changed", blocks=False)
    refuse_drift([harmless])
    blocking = [
        Change(kind="added", place=f"public.{name}", said="a new table", blocks=True)
        for name in ("a", "b")
    ]
    with pytest.raises(DriftError) as caught:
        refuse_drift([harmless, *blocking])
    assert "2 changes need a review" in str(caught.value)
    assert "- added public.a: a new table" in str(caught.value)
    assert "its type changed" not in str(caught.value)
