"""What values wrap: each form, in each type that holds text, leaves no original in a copy."""

from __future__ import annotations

from typing import NamedTuple

import psycopg
import pytest
from psycopg import sql

from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
ROWS = 20


class Wrapper(NamedTuple):
    """A form of values, with what they wrap: the number of the row is written for `#`."""

    kind: str
    form: str
    originals: tuple[str, ...]


MAIL = ("secret#@corp.example",)
WRAPPERS = (
    Wrapper("email", "Mary Secretia <secret#@corp.example>", (*MAIL, "Secretia")),
    Wrapper("email", '"Secretia, Mary" <secret#@corp.example>', (*MAIL, "Secretia")),
    Wrapper("email", "<secret#@corp.example>", MAIL),
    Wrapper("email", "secret#@corp.example; other#@corp.example", (*MAIL, "other#@corp.example")),
    Wrapper("email", "secret#@corp.example, other#@corp.example", (*MAIL, "other#@corp.example")),
    Wrapper("email", "mailto:secret#@corp.example", MAIL),
    Wrapper("email", "u=secret#@corp.example;", MAIL),
    Wrapper("email", "/reset?email=secret#%40corp.example", ("secret#%40corp", "secret#@corp")),
    Wrapper("ip_address", "10.17.1.1#:443", ("10.17.1.1#",)),
    Wrapper("ip_address", "10.17.1.1#, 10.9.8.1#", ("10.17.1.1#", "10.9.8.1#")),
    Wrapper("phone", "07700 9001#", ("07700 9001#",)),
    Wrapper("phone", "(02) 9876 54#", ("9876 54#",)),
    Wrapper("phone", "+886 1234 56#", ("1234 56#",)),
    Wrapper("mac_address", "0a:5e:c2:e7:00:#-eth0", ("0a:5e:c2:e7:00:#",)),
)
# The columns of each form's table, with how a value is written in them.
COLUMNS = (
    ("{}", "text", "%s"),
    ("work_{}", "varchar(120)", "%s"),
    ("home_{}", "citext", "%s"),
    ("private_{}", "wrapping", "%s"),
    ("other_{}", "text[]", "ARRAY[%s, %s]"),
    ("doc", "jsonb", "jsonb_build_object('{}', %s::text)"),
)


def _fill(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """A table of each form, all of whose rows have it in every type."""
    connection.execute("CREATE EXTENSION citext")
    connection.execute("CREATE DOMAIN wrapping AS text CHECK (length(VALUE) > 3)")
    for number, wrapper in enumerate(WRAPPERS):
        columns = [f"{name} {type_}".replace("{}", wrapper.kind) for name, type_, _ in COLUMNS]
        table = sql.Identifier(f"person_{number}")
        head = sql.SQL("CREATE TABLE {} (id int PRIMARY KEY, " + ", ".join(columns) + ")")  # type: ignore[arg-type]
        connection.execute(head.format(table))
        written = ", ".join(value for _, _, value in COLUMNS).replace("{}", wrapper.kind)
        row = sql.SQL("INSERT INTO {} VALUES (%s, " + written + ")").format(table)  # type: ignore[arg-type]
        for n in range(ROWS):
            connection.execute(row, [n, *[_of(wrapper.form, n)] * 7])


def _of(text: str, row: int) -> str:
    return text.replace("#", f"{row + 10}")


def test_no_form_in_no_type_leaves_an_original(source_db: str, target_db: str) -> None:
    """With no rule at all; the columns with one are listed."""
    with psycopg.connect(source_db, autocommit=True) as source:
        _fill(source)
    copy_database(source_db, target_db, parse_policy('version: "1.0"'), KEYS)
    with psycopg.connect(target_db) as target:
        left = [
            f"{wrapper.form} in {name.format(wrapper.kind)}"
            for number, wrapper in enumerate(WRAPPERS)
            for name, _, _ in COLUMNS
            if _is_left(target, number, name.format(wrapper.kind), wrapper)
        ]
    assert left == []


def _is_left(
    target: psycopg.Connection[tuple[object, ...]], number: int, column: str, wrapper: Wrapper
) -> bool:
    """Whether a column has an original of its own row, whatever its case."""
    query = sql.SQL("SELECT id, lower({}::text) FROM {} ORDER BY id").format(
        sql.Identifier(column), sql.Identifier(f"person_{number}")
    )
    rows = target.execute(query).fetchall()
    assert len(rows) == ROWS
    return any(
        _of(original, int(str(row))).lower() in str(text)
        for row, text in rows
        for original in wrapper.originals
    )
