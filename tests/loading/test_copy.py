"""A copy is values alone: it can be printed, pickled and compared, and shows no secret."""

from __future__ import annotations

import pickle

import pytest
from builders.catalogs import catalog, table
from builders.copies import KEYS, PERSON, SOURCE, TARGET, copy_of, table_plan

from privaci_core.loading.copy import EVERYTHING, Options, Report
from privaci_core.stream.copy_table import Loaded

pytestmark = pytest.mark.unit


def test_a_copy_can_be_pickled() -> None:
    """It holds no connection, so it can go to another process."""
    copy = copy_of()
    found = pickle.loads(pickle.dumps(copy))  # noqa: S301 - our own
    assert (found.ends, found.plan, found.mark) == (copy.ends, copy.plan, copy.mark)
    assert repr(found) == repr(copy)


def test_a_copy_prints_no_address_and_no_key() -> None:
    """Neither a connection string nor a masking key is in its text."""
    said = repr(copy_of())
    assert "monday" in said
    assert "not-to-be-printed" not in said
    assert "example.test" not in said
    assert repr(KEYS.salt) not in said


def test_a_copy_swaps_where_rows_go_beside_the_live_target() -> None:
    """The target that is loaded is another one than the live one."""
    assert not copy_of(live=TARGET).swaps
    assert copy_of(live=SOURCE).swaps


def test_a_partition_belongs_to_its_root() -> None:
    """At any depth; a plain table is its own root."""
    copy = copy_of(
        catalog(
            PERSON,
            table("public.visit", kind="p"),
            table("public.visit_2026", kind="p", partition_of="public.visit"),
            table("public.visit_2026_01", partition_of="public.visit_2026"),
        )
    )
    assert copy.root_of(table_plan(name="visit_2026_01")) == "public.visit"
    assert copy.root_of(table_plan(name="person")) == "public.person"


@pytest.mark.parametrize(
    ("options", "switches"),
    [
        (EVERYTHING, ()),
        (Options(acl=False), ("--no-acl",)),
        (Options(publications=False), ("--no-publications",)),
        (Options(acl=False, publications=False), ("--no-acl", "--no-publications")),
    ],
)
def test_options_become_switches_of_pg_dump(options: Options, switches: tuple[str, ...]) -> None:
    """What the target does not get is left out of the dump."""
    assert options.of_dump == switches


def test_connections_are_no_part_of_a_fingerprint() -> None:
    """Rows do not depend on them: a resume may use more or fewer."""
    assert repr(Options(connections=3)) == repr(EVERYTHING)
    assert repr(Options(acl=False)) != repr(EVERYTHING)


def test_a_report_is_names_and_counts() -> None:
    """Two copies that did the same have equal reports."""
    loaded = {"public.person": Loaded(rows=3, bytes=300)}
    one, same = (
        Report(tables=dict(loaded), notes=("a note",), masked_columns=1, seconds=0.5)
        for _ in range(2)
    )
    assert one == same
    assert one != Report(tables={}, notes=("a note",), masked_columns=1, seconds=0.5)
