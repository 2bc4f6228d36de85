"""The version of a table's rows: it changes with what can change a row, and only with that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from builders.copies import NO_NAMES, action, copy_of, masked, table_plan
from masks.cases import names_of
from psycopg import sql

from privaci_core.masks import Keys, Shape
from privaci_core.plan.plan import Plan
from privaci_core.refresh.table_versions import version_of
from privaci_core.target.unfinished import Unfinished

if TYPE_CHECKING:
    from privaci_core.loading.copy import Copy

pytestmark = pytest.mark.unit

# Written by an earlier release: an upgrade does not load unchanged tables again.
RECORDED = "595d00cf1bd71fa0363d842b184f919a"
COUNTERS = {("public", "person"): "counters"}
EMAIL = masked("email", action("fake", provider="email"))
PERSON = table_plan(EMAIL, carried=("id",))
LATER = Unfinished(refresh="tuesday", fingerprint="f", run="second")


def version(table: Any = PERSON, *, copy: Copy | None = None, counters: Any = None) -> str:
    """The version of one table."""
    found = COUNTERS if counters is None else counters
    return version_of(copy or copy_of(), NO_NAMES, found, [table])


def test_a_version_of_an_earlier_release_is_still_the_same() -> None:
    """A table that was loaded before an upgrade stays unchanged after it."""
    copy = copy_of()
    assert version_of(copy, NO_NAMES, COUNTERS, copy.plan.tables) == RECORDED


@pytest.mark.parametrize(
    "other",
    [
        replace(PERSON, read=(("name", "text"),)),
        replace(PERSON, carried=("id", "born")),
        replace(PERSON, where="id > 1"),
        replace(PERSON, where="born < now()", moment=datetime(2026, 1, 1, tzinfo=UTC)),
        replace(PERSON, format="text"),
        replace(PERSON, into=sql.Identifier("public", "people")),
        replace(PERSON, masked=()),
        replace(PERSON, masked=(replace(EMAIL, name="mail"),)),
        replace(PERSON, masked=(replace(EMAIL, action=action("hash")),)),
        replace(PERSON, masked=(replace(EMAIL, shape=Shape(unique=True)),)),
        replace(PERSON, masked=(replace(EMAIL, shape=Shape(names=names_of(["Many Riche"]))),)),
        replace(PERSON, masked=(replace(EMAIL, when=sql.SQL("true")),)),
        replace(PERSON, masked=(replace(EMAIL, reads=("name",)),)),
        replace(PERSON, masked=(replace(EMAIL, wire_type="varchar"),)),
    ],
)
def test_what_changes_a_row_changes_the_version(other: object) -> None:
    """A rule, a shape, a column, a predicate, the wire format, the place."""
    assert version(other) != version()


def test_another_moment_is_another_version() -> None:
    """Of a table whose predicate says now(): other rows are chosen."""
    said = replace(PERSON, where="born < now()")
    one, other = (replace(said, moment=datetime(2026, 1, day, tzinfo=UTC)) for day in (1, 2))
    assert version(one) != version(other)


def test_the_reason_for_a_mask_does_not_change_the_version() -> None:
    """Rows are the same whether a rule or detection chose their mask."""
    found = replace(PERSON, masked=(replace(EMAIL, reason="detected", evidence="92 %"),))
    assert version(found) == version()


def test_other_keys_and_counters_change_the_version() -> None:
    """Another salt masks otherwise; another counter means that rows were written."""
    ends = replace(copy_of().ends, keys=Keys.of(b"another salt of the test suite, long enough"))
    assert version(copy=copy_of(ends=ends)) != version()
    assert version(counters={("public", "person"): "later"}) != version()
    assert version(counters={("other", "person"): "counters"}) != version()


def test_a_table_with_counters_keeps_its_version_in_the_next_refresh() -> None:
    """Only then is it found unchanged."""
    assert version(copy=copy_of(mark=LATER)) == version()


@pytest.mark.parametrize(
    ("table", "nulls_orphans", "counters"),
    [
        (PERSON, frozenset[int](), {}),
        (PERSON, frozenset[int](), {("public", "person"): ""}),
        (PERSON, frozenset({1}), COUNTERS),
        (replace(PERSON, where="id IN (SELECT id FROM visit)"), frozenset[int](), COUNTERS),
        (replace(PERSON, where="id in (select id from visit)"), frozenset[int](), COUNTERS),
    ],
    ids=["standby", "no counter", "orphans", "subquery", "subquery in small letters"],
)
def test_rows_that_counters_cannot_vouch_for_have_a_new_version_each_time(
    table: Any, nulls_orphans: frozenset[int], counters: Any
) -> None:
    """On a standby, or where rows of other tables decide: the refresh is part of the version."""
    plan = Plan(tables=(table,), nulls_orphans=nulls_orphans)
    monday, tuesday = copy_of(plan=plan), copy_of(plan=plan, mark=LATER)
    assert version(table, copy=monday, counters=counters) != version(
        table, copy=tuesday, counters=counters
    )


@pytest.mark.parametrize("word", ["drops_orphans", "follows_drops"])
def test_a_table_that_may_lose_rows_is_loaded_each_time(word: str) -> None:
    """Rows of other tables decide which of its rows are left out."""
    plan = Plan(tables=(PERSON,), **{word: frozenset({1})})
    assert version(copy=copy_of(plan=plan)) != version(copy=copy_of(plan=plan, mark=LATER))


def test_orphans_of_another_table_do_not_matter() -> None:
    """Only the table whose references become NULL is loaded again each time."""
    plan = Plan(tables=(PERSON,), nulls_orphans=frozenset({2}))
    assert version(copy=copy_of(plan=plan, mark=LATER)) == version()


def test_partitions_are_told_apart() -> None:
    """Every leaf counts, with its own rules and counters."""
    copy, both = copy_of(), [PERSON, replace(PERSON, where="id > 1")]
    kinds = both, both[:1], both[::-1]
    assert len({version_of(copy, NO_NAMES, COUNTERS, tables) for tables in kinds}) == 3
    assert len(version()) == 32
