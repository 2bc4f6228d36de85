"""An error that carries a value, wherever it is raised, leaves it in no output, event or file."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg
import psycopg
import pytest
from dagster_layer.runs import NOTHING_MASKED, project_in, refresh

from privaci_core.postgres.unexpected import HOME
from privaci_dagster.failures import first_failure

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.dagster

CANARY = "Olga Unseen of cell seven"
# Whatever a function can fill in holds the value; only the target has the function fail.
FAILING = """
CREATE TABLE t (id int PRIMARY KEY, body text);
INSERT INTO t VALUES (1, 'Olga Unseen of cell seven');
CREATE FUNCTION failing(body text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
    IF current_database() = '{target}' THEN
        RAISE EXCEPTION '%', body USING DETAIL = body, HINT = body, TABLE = body, SCHEMA = body,
            COLUMN = body, CONSTRAINT = body, DATATYPE = body, ERRCODE = '{code}';
    END IF;
    RETURN body;
END $$;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """What fails: an object that the source has, in the target, or a rule of the policy."""

    source: str = ""
    policy: str = ""
    # A class of the driver that Postgres documents, or one that a function makes up.
    code: str = "P0001"
    word: str


TRAPS = {
    "an index, with a made-up code": Trap(
        source="CREATE INDEX ON t (failing(body))", code="OLGAU", word="public.t_failing_idx"
    ),
    "a check": Trap(source="ALTER TABLE t ADD CHECK (failing(body) <> '')", word="public.t"),
    "a materialized view": Trap(
        source="CREATE MATERIALIZED VIEW m AS SELECT failing(body) FROM t", word="public.m"
    ),
    "a condition": Trap(policy="tables: {public.t: {where: 'body::int > 0'}}\n", word="public.t"),
}


@pytest.mark.parametrize("trap", TRAPS.values(), ids=TRAPS.keys())
def test_the_value_is_nowhere(
    source_db: str,
    target_db: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    trap: Trap,
) -> None:
    """The run fails with a sentence of ours, and no byte of what was raised is kept or printed."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    target = str(psycopg.conninfo.conninfo_to_dict(target_db)["dbname"])
    _run(source_db, FAILING.format(target=target, code=trap.code) + trap.source)
    home = tmp_path / "home"
    home.mkdir()
    before = HOME.set(str(home))
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        project = project_in(tmp_path, source_db, target_db, NOTHING_MASKED + trap.policy)
        run = refresh(project, instance, monkeypatch)
        failure = first_failure(run)
        said = "".join(str(record) for record in instance.all_logs(run.run_id))
    HOME.reset(before)
    assert failure is not None
    assert trap.word in failure.message
    kept = b"".join(_files(tmp_path))
    assert CANARY not in "".join([failure.message, said, *capfd.readouterr()])
    assert CANARY.encode() not in kept
    assert b"OLGAU" not in kept


def _run(dsn: str, statements: str) -> Any:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(statements)  # type: ignore[call-overload]


def _files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
