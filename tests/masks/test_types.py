"""Postgres reads every fake as the type of its column."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from masks.cases import CASES, Case
from masks.values import LABELS
from psycopg import sql

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_postgres_takes_every_fake(
    case: Case, connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    """The type accepts it and prints it as it was written, so keys by value agree."""
    connection.execute("CREATE EXTENSION IF NOT EXISTS citext")
    connection.execute("CREATE EXTENSION IF NOT EXISTS hstore")
    connection.execute("CREATE TYPE person AS (plan text, mail text, note text)")
    connection.execute(
        "CREATE TYPE mood AS ENUM ({})".format(", ".join(f"'{label}'" for label in LABELS))
    )
    fakes = list(VECTORS[case.name].values())
    read = sql.SQL(
        "SELECT array_agg(format('%%s', v::{}) ORDER BY n)"
        " FROM unnest(%s::text[]) WITH ORDINALITY AS t(v, n)"
    )
    printed = connection.execute(read.format(sql.SQL(case.sql)), [fakes]).fetchall()[0][0]  # type: ignore[arg-type]
    if case.shape.unique or case.shape.is_text:
        expected = (
            [fake.rstrip(" ") for fake in fakes] if case.shape.type_name == "bpchar" else fakes
        )
        assert printed == expected
