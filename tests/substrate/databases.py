"""Gives each test databases of its own, cloned from templates that a session builds once."""

from __future__ import annotations

import os
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from substrate.origin import brought_up, choose, found_versions

from privaci_core.demo import fill
from privaci_core.postgres.embedded import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    Connection = psycopg.Connection[tuple[object, ...]]


@dataclass
class Databases:
    """Makes databases on one server, and removes them again."""

    maintenance: str
    templates: dict[str, str] = field(default_factory=dict)

    def create(self, template: str | None = None) -> str:
        """A new database, empty or cloned; returns its DSN."""
        name = f"t_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{uuid.uuid4().hex[:12]}"
        origin = sql.Identifier(template or "template0")
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), origin))
        return make_conninfo(self.maintenance, dbname=name)

    def template(self, name: str, build: Callable[[str], object]) -> str:
        """The name of a template database that `build` fills the first time it is asked for."""
        if name not in self.templates:
            dsn = self.create()
            build(dsn)
            self.templates[name] = name_of(dsn)
        return self.templates[name]

    def drop(self, dsn: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._run(
            sql.SQL("DROP DATABASE IF EXISTS {} (FORCE)").format(sql.Identifier(name_of(dsn)))
        )

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.maintenance, autocommit=True) as connection:
            connection.execute(statement)


def run(dsn: str, *statements: str) -> None:
    """Statements, each by itself."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def name_of(dsn: str) -> str:
    """The database that a DSN names."""
    return str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])


def _session_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this session share."""
    base = factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Databases on the server that the header names."""
    with brought_up(choose(os.environ), _session_folder(tmp_path_factory) / "postgres") as dsn:
        yield Databases(dsn)


@pytest.fixture(
    scope="session", params=sorted(found_versions()), ids=lambda version: f"pg{version}"
)
def every_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    """Databases on each version that this machine can start, one after another."""
    folder = _session_folder(tmp_path_factory) / f"postgres-{request.param}"
    with running(folder, found_versions()[request.param]) as server:
        yield Databases(server.dsn())


@contextmanager
def cloned(databases: Databases, template: str | None = None) -> Iterator[str]:
    """A database for as long as a test needs it."""
    dsn = databases.create(template)
    try:
        yield dsn
    finally:
        databases.drop(dsn)


@pytest.fixture
def source_db(databases: Databases) -> Iterator[str]:
    """An empty database to copy from."""
    with cloned(databases) as dsn:
        yield dsn


@pytest.fixture
def target_db(databases: Databases) -> Iterator[str]:
    """An empty database to copy to."""
    with cloned(databases) as dsn:
        yield dsn


@pytest.fixture
def company_db(databases: Databases) -> Iterator[str]:
    """The demo company in its smallest size."""
    with cloned(databases, databases.template("company", lambda dsn: fill(dsn, "mini"))) as dsn:
        yield dsn


@pytest.fixture
def connection(databases: Databases) -> Iterator[Connection]:
    """A session in a database of this worker's; whatever the test does in it is rolled back."""
    shared = make_conninfo(
        databases.maintenance, dbname=databases.template("scratch", lambda _: None)
    )
    with psycopg.connect(shared) as session:
        yield session
        session.rollback()


@pytest.fixture
def in_role(connection: Connection) -> Callable[[str], AbstractContextManager[None]]:
    """A context in which the session acts as a role, for one transaction only."""

    @contextmanager
    def taken(role: str) -> Iterator[None]:
        with connection.transaction():
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
            yield
            # SET LOCAL ends with the outermost transaction, not with a savepoint.
            connection.execute("SET LOCAL ROLE NONE")

    return taken
