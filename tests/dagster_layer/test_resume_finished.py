"""A refresh that died after its rows: keys, indexes and triggers may exist when more rows come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from dagster_layer.interrupted import Refreshes
from substrate.judge import differences

from privaci_core.ddl import finish, side_by_side
from privaci_core.ddl.create import run_entry
from privaci_dagster.failures import first_failure

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.dagster

SPOILS = """
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.who := 1; RETURN NEW; END';
CREATE TRIGGER spoils BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();
"""
CHANGES = """
UPDATE public.organization SET name = name || ' and sons';
REFRESH MATERIALIZED VIEW public.organization_stats;
"""


def test_rows_are_loaded_without_keys_and_triggers(refreshes: Refreshes) -> None:
    """The source has changed since, and a referenced table with a trigger is loaded again."""
    refreshes.change(SPOILS)
    first = refreshes.run_to_publication()
    refreshes.change("UPDATE a SET who = 'another' WHERE id = 7")
    second = refreshes.run(resumes=first)
    assert second.success, first_failure(second)
    assert differences(refreshes.source, refreshes.target) == []


def test_an_unlogged_table_is_loaded_again(refreshes: Refreshes) -> None:
    """A crash of the target empties it, though its load was committed and noted."""
    refreshes.change("CREATE UNLOGGED TABLE u AS SELECT n FROM generate_series(1, 9) AS n")
    first = refreshes.run_to_publication()
    with psycopg.connect(refreshes.target, autocommit=True) as target:
        # What recovery does to it.
        target.execute("TRUNCATE u")
    second = refreshes.run(resumes=first)
    assert second.success, first_failure(second)
    assert differences(refreshes.source, refreshes.target) == []


@pytest.mark.parametrize("built", [5, 25, 45, 65, 85])
def test_half_of_the_keys_are_dropped_for_new_rows(
    company_db: str,
    target_db: str,
    tmp_path: Path,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    built: int,
) -> None:
    """Some of the company's indexes and keys exist, partitions' among them."""
    company = Refreshes(company_db, target_db, tmp_path, instance, monkeypatch)
    left = iter(range(built))

    def run_some(connection: Any, entries: Any, _roles: Any, *, again: bool = False) -> Any:
        for entry in entries:
            if next(left, None) is None:
                raise RuntimeError("the power goes out")
            yield from run_entry(connection, entry, again=again)

    with monkeypatch.context() as patch:
        for module in (finish, side_by_side):
            patch.setattr(module, "run_entries", run_some)
        first = company.run()
    assert not first.success
    company.change(CHANGES)
    second = company.run(resumes=first)
    assert second.success, first_failure(second)
    assert differences(company_db, target_db) == []
