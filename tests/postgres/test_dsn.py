"""Connection strings: what is shown of them, and what never is."""

from __future__ import annotations

import pytest

from privaci_core.errors import PreflightError
from privaci_core.postgres.dsn import database_of, describe, is_local
from privaci_core.postgres.session import session
from privaci_dagster.project import Project

pytestmark = pytest.mark.unit

# The password that no message may show, whole or in part.
PARTS = ("Tr0ub4dor", "Zebra")
CUT = [
    "postgresql://app:Tr0ub4dor@Zebra@db.example.test:5432/shop",
    "postgresql://app:Tr0ub4dor/Zebra@db.example.test:5432/shop",
    "postgres://app:Tr0ub4dor@Zebra/word@db.example.test/shop",
    "postgresql://app:5432/Zebra@db.example.test/shop",
    "postgresql://app:Tr0ub4dor/Zebra?host=db.example.test",
    "postgresql://app:12/Zebra?dbname=Tr0ub4dor@db.example.test/shop",
    " postgresql://app:Tr0ub4dor@Zebra@db.example.test/shop ",
    "postgresql://app:Tr0ub4dor%ZZZebra@db.example.test/shop",
    "host=db.example.test password=Tr0ub4dor Zebra dbname=shop",
    "Tr0ub4dor Zebra",
]


@pytest.mark.parametrize("dsn", CUT)
@pytest.mark.parametrize("read", [describe, is_local, database_of])
def test_a_password_that_is_not_encoded_is_never_shown(dsn: str, read: object) -> None:
    """A part of it would be read as host or database; the string is refused with a hint."""
    with pytest.raises(PreflightError) as refused:
        read(dsn)  # type: ignore[operator]
    assert not [part for part in PARTS if part in str(refused.value)]
    assert "percent-encode" in refused.value.remediation
    assert refused.value.__context__ is None


def test_connecting_refuses_before_the_driver_quotes_it() -> None:
    """The session that would open it says the same."""
    with pytest.raises(PreflightError, match="percent-encode") as refused, session(CUT[0]):
        pass
    assert "Tr0ub4dor" not in str(refused.value)


@pytest.mark.parametrize(
    ("dsn", "shown"),
    [
        ("postgresql://app:p%40ss%2Fword@db.example.test:5433/shop", "db.example.test:5433/shop"),
        ("postgresql://app@db.example.test/shop?sslmode=require", "db.example.test:5432/shop"),
        ("postgresql://app:a?b#c@db.example.test/shop", "db.example.test:5432/shop"),
        ("postgres://a.example.test:1,b.example.test:2/shop", None),
        ("host=/run/socket user=app password=x dbname=shop", "/run/socket:5432/shop"),
        ("hostaddr=127.0.0.1 dbname=shop", "127.0.0.1:5432/shop"),
        ("postgresql://%2Frun%2Fsocket/my%40shop", "/run/socket:5432/my@shop"),
        ("service=shop", "shop:5432/"),
        ("", "local socket:5432/"),
    ],
)
def test_host_port_and_database_are_shown(dsn: str, shown: str | None) -> None:
    """As libpq reads them; user, password and parameters are left out."""
    many = "a.example.test,b.example.test:1,2/shop"
    assert describe(dsn) == (shown or many)


@pytest.mark.parametrize(
    ("dsn", "part"),
    [
        (CUT[0], "password holds a bare @ or /"),
        (CUT[7], "%25"),
        ("postgresql://app:Tr0ub4dor@db.example.test:54x2/shop", "its port is not a number"),
        ("postgresql://app:Tr0ub4dor@db.example.test:70000/shop", "its port is above 65535"),
        ("postgresql://app:Tr0ub4dor@db.example.test/shop?sslmod=Zebra", "after its ?"),
        ("postgresql://app:Tr0ub4dor@[::1/shop", "IPv6"),
        ("mysql://app:Tr0ub4dor@db.example.test/shop", "MySQL"),
        ("mysql+pymysql://app:Tr0ub4dor@db.example.test/shop", "MySQL"),
        ("jdbc:postgresql://db.example.test/shop?password=Tr0ub4dor", "JDBC"),
        ("postgresql+psycopg://app:Tr0ub4dor@db.example.test/shop", "leave out the +"),
        ("Zebra", "begins neither with postgresql://"),
    ],
)
def test_the_malformed_part_is_named_with_its_variable(dsn: str, part: str) -> None:
    """Also if a variable names the one that holds it; no part is quoted."""
    environ = {"SOURCE_DB_URL": "${DIRECT}", "DIRECT": dsn, "TARGET_DB_URL": dsn}
    project = Project(environ=environ)
    for read, variable in (
        (lambda: project.source_dsn, "SOURCE_DB_URL"),
        (lambda: project.target_dsn, "TARGET_DB_URL"),
    ):
        with pytest.raises(PreflightError) as refused:
            read()
        assert refused.value.context == f"Reading {variable}"
        assert not [word for word in PARTS if word in str(refused.value)]
    assert part in refused.value.cause
