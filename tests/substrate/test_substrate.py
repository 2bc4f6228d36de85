"""The substrate: what it refuses and chooses, and that no test leaks into another."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psycopg
import pytest
from substrate.databases import Databases, name_of
from substrate.named_url import REQUIRE_VARIABLE, URL_VARIABLE, problem_of
from substrate.origin import choose, installed_binaries

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

ROOT = Path(__file__).parent.parent.parent
SECONDS_TO_REFUSE = 2


def pytest_in(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the suite's own configuration over the tests in a folder."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        f"--rootdir={ROOT}",
        f"--confcutdir={ROOT}",
        "-c",
    ]
    return subprocess.run(
        [
            *command,
            str(ROOT / "pyproject.toml"),
            "-p",
            "no:cacheprovider",
            "-p",
            "conftest",
            str(folder),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests"), **environ},
        check=False,
    )


@pytest.mark.unit
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///data.db", "sqlite"),
        ("mysql://user:hunter-two@host/db", "mysql"),
        ("postgresql+psycopg2://host/db", "postgresql://"),
        ("host=localhost dbname=x", "not a URL"),
        ("postgresql://", "names no host"),
    ],
)
def test_a_wrong_url_is_named_without_its_password(url: str, said: str) -> None:
    """A URL that is not postgresql:// is refused by its dialect, without its password."""
    problem = problem_of({URL_VARIABLE: url})
    assert problem is not None
    assert said in problem
    assert "hunter" not in problem


@pytest.mark.unit
def test_an_unset_url_is_refused_where_it_is_required() -> None:
    """A pipeline that promises a server fails when it forgot to name one."""
    assert "not set" in (problem_of({REQUIRE_VARIABLE: "1"}) or "")
    assert problem_of({}) is None
    assert problem_of({URL_VARIABLE: "postgresql://localhost/x"}) is None


@pytest.mark.e2e
def test_a_sqlite_url_stops_pytest_before_collection(tmp_path: Path) -> None:
    """The refusal comes in under two seconds and says which scheme is needed."""
    (tmp_path / "test_it.py").write_text("raise SystemExit('collected')")
    # The work of it, whatever else this machine does meanwhile.
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = pytest_in(tmp_path, **{URL_VARIABLE: "sqlite:///x.db"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < SECONDS_TO_REFUSE
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "sqlite" in done.stderr
    assert "postgresql://" in done.stderr
    assert "collected" not in done.stdout + done.stderr


@pytest.mark.e2e
@pytest.mark.parametrize(
    "markers", ["", "@pytest.mark.unit\n@pytest.mark.postgres\n"], ids=["none", "two"]
)
def test_a_test_without_one_marker_fails_the_collection(tmp_path: Path, markers: str) -> None:
    """A test that does not say what it is, or says two things, is named and nothing runs."""
    (tmp_path / "test_it.py").write_text(f"import pytest\n{markers}def test_unsaid(): pass\n")
    done = pytest_in(tmp_path)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "test_unsaid" in done.stderr


@pytest.mark.e2e
def test_the_header_names_the_server(tmp_path: Path) -> None:
    """A reader of the log sees which Postgres the suite ran on."""
    (tmp_path / "test_it.py").write_text(
        'import pytest\n@pytest.mark.unit\ndef test_it():\n    """It is."""\n'
    )
    done = pytest_in(tmp_path, PYTEST_ADDOPTS="-v")
    assert done.returncode == 0, done.stderr
    assert "postgres: " in done.stdout
    assert "version" in done.stdout


@pytest.mark.unit
def test_the_order_of_origins(tmp_path: Path) -> None:
    """An engine that answers wins over installed binaries, these over the wheel's."""
    assert choose({}, lambda: True).kind == "container"
    assert choose({}, lambda: False).kind == ("installed" if installed_binaries() else "embedded")
    assert choose({}, lambda: False, folder=tmp_path).kind == "embedded"


@pytest.mark.postgres
def test_a_named_url_wins(source_db: str) -> None:
    """The server that a person names is the one that is used, and its version is asked for."""
    host = psycopg.conninfo.conninfo_to_dict(source_db)["host"]
    origin = choose(
        {URL_VARIABLE: f"postgresql://postgres@/{name_of(source_db)}?host={host}"}, lambda: True
    )
    assert origin.kind == "url"
    assert origin.version[0].isdigit()


@pytest.mark.postgres
def test_a_container_would_be_asked_for_our_image(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The right container is asked for, and its address used; no engine runs it here."""
    from substrate.origin import IMAGE, Origin, brought_up  # noqa: PLC0415 - under test

    asked: list[Any] = []

    class Container:
        def __init__(self, image: str, driver: str | None) -> None:
            asked.append((image, driver))

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            asked.append("stopped")

        def get_connection_url(self) -> str:
            return "postgresql://somewhere/test"

    monkeypatch.setattr("testcontainers.community.postgres.PostgresContainer", Container)
    with brought_up(Origin("container", "a container", "16"), tmp_path) as dsn:
        assert dsn == "postgresql://somewhere/test"
    assert asked == [(IMAGE, None), "stopped"]


@pytest.mark.postgres
def test_each_test_has_databases_of_its_own(
    source_db: str, target_db: str, company_db: str
) -> None:
    """Source, target and company are three databases, and the company is filled."""
    assert len({name_of(dsn) for dsn in (source_db, target_db, company_db)}) == 3
    with psycopg.connect(company_db) as company:
        assert company.execute("SELECT count(*) FROM clinical.patient").fetchone() == (100,)


@pytest.mark.postgres
@pytest.mark.parametrize("turn", [1, 2])
def test_a_connection_forgets(connection: psycopg.Connection[Any], turn: int) -> None:
    """What one test creates in its connection is not there for the next."""
    assert connection.execute("SELECT to_regclass('public.left_over')").fetchone() == (None,), turn
    connection.execute("CREATE TABLE public.left_over ()")


@pytest.mark.postgres
def test_a_role_does_not_outlive_its_block(
    connection: psycopg.Connection[Any], in_role: Callable[[str], AbstractContextManager[None]]
) -> None:
    """The role is taken inside the block alone, after an error and inside a savepoint too."""
    me = connection.execute("SELECT current_user").fetchone()
    connection.execute("CREATE ROLE privaci_test_auditor")
    with in_role("privaci_test_auditor"):
        assert connection.execute("SELECT current_user").fetchone() == ("privaci_test_auditor",)
    assert connection.execute("SELECT current_user").fetchone() == me
    with pytest.raises(psycopg.errors.InsufficientPrivilege), in_role("privaci_test_auditor"):
        connection.execute("CREATE ROLE privaci_test_other")
    assert connection.execute("SELECT current_user").fetchone() == me
    with connection.transaction(), in_role("privaci_test_auditor"):
        connection.execute("SELECT 1")
    assert connection.execute("SELECT current_user").fetchone() == me


@pytest.mark.postgres
def test_templates_are_built_once(databases: Databases) -> None:
    """The second clone of a template does not build it again."""
    built: list[str] = []
    for _ in range(2):
        databases.template("counted", built.append)
    assert len(built) == 1
