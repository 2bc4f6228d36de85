"""How a refresh cuts its large tables, once for all of its processes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from builders.catalogs import catalog, table
from builders.copies import KEYS, action, copy_of, masked, table_plan

from privaci_core.loading import streams
from privaci_core.loading.cuts import cuts_of
from privaci_core.loading.streams import WORTH_WORKERS_BYTES
from privaci_core.loading.worker import Ends
from privaci_core.plan.plan import Plan
from privaci_core.postgres.session import target_session
from privaci_core.target.cuts import Cut, read_cuts, record_cuts

if TYPE_CHECKING:
    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import TablePlan

unit, postgres = pytest.mark.unit, pytest.mark.postgres

FAR = "host=db.example.test dbname=shop"
BYTES = WORTH_WORKERS_BYTES
LARGE = replace(
    table_plan(carried=("id",), size_bytes=BYTES), masked=(masked("email", action("hash")),)
)


def copy_with(plan: TablePlan, cores: int, monkeypatch: pytest.MonkeyPatch) -> Copy:
    """A copy of one table by a machine of so many cores."""
    monkeypatch.setattr(streams, "CORES", cores)
    source = catalog(table(plan.name, "id int4", "email text", heap_bytes=BYTES))
    ends = Ends(source=FAR, target=FAR, snapshot="", keys=KEYS)
    return copy_of(source, Plan(tables=(plan,)), ends=ends)


@unit
@pytest.mark.parametrize(
    ("cores", "slices", "chunks"), [(1, 1, 1), (1, 3, 3), (4, 1, 8), (4, 3, 9), (4, 16, 16)]
)
def test_a_slice_is_a_whole_number_of_chunks(
    cores: int, slices: int, chunks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least one a slice, and as many as keep the streams busy; one chunk is no cut."""
    copy = copy_with(LARGE, cores, monkeypatch)
    found = cuts_of(copy, {LARGE.name: slices})
    expected = {LARGE.name: Cut(chunks=chunks, blocks=BYTES // 8192)} if chunks > 1 else {}
    assert found == expected


@unit
def test_a_small_table_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the lock file slices it."""
    small = replace(LARGE, size_bytes=100)
    copy = copy_with(small, 4, monkeypatch)
    assert cuts_of(copy, {}) == {}
    assert cuts_of(copy, {small.name: 2})[small.name].chunks == 2


@postgres
def test_the_cuts_of_a_refresh_are_read_as_they_were_recorded(target_db: str) -> None:
    """Those of an earlier refresh are gone; a target without any has none."""
    with target_session(target_db, autocommit=True) as target:
        assert read_cuts(target) == {}
        record_cuts(target, {})
        assert read_cuts(target) == {}
        record_cuts(target, {"public.a": Cut(chunks=4, blocks=100)})
        cuts = {"public.b": Cut(chunks=8, blocks=9), "public.c": Cut(chunks=2, blocks=1 << 33)}
        record_cuts(target, cuts)
        assert read_cuts(target) == cuts
        record_cuts(target, {})
        assert read_cuts(target) == {}
