"""Thirty names that are hard to write: every command reads them, and shows them as they are."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import psycopg
import pytest
import yaml
from e2e.shop import Shop
from psycopg import sql

from privaci_core.postgres.names import table_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

NAMES = [
    "order lines",
    "größe",
    'a"b',
    "a.b",
    "line\nbreak",
    "tab\there",
    "<script>alert(1)</script>",
    "pipe|d",
    "back`tick",
    "*",
    "[x](y)",
    "{brace}",
    "%s",
    "%(x)s",
    "🙂",
    "שלום",
    "\u202eturned",
    "--tables",
    "\\slash\\",
    "a,b",
    "(paren)",
    "Users",
    "user",
    "a: b",
    "x" * 63,
    " lead",
    "&amp;",
    "${VAR}",
    "null",
    "a-b",
    "a_b",
]
SCHEMAS = {"Weird Schema": ["Table With Spaces"], "a.b": ["c"], "a": ["b.c"], "public": NAMES}
TABLES = [(schema, name) for schema, names in SCHEMAS.items() for name in names]
SOME = ("Weird Schema", "Table With Spaces"), ("a", "b.c"), ("public", "line\nbreak")


@pytest.fixture
def shop(source_db: str, target_db: str, tmp_path: Path) -> Shop:
    """A table of each name, with a column of that name and one that is personal."""
    with psycopg.connect(source_db, autocommit=True) as source:
        for schema, name in TABLES:
            for statement in _statements(schema, name):
                source.execute(statement)
    return Shop(tmp_path, source_db, target_db)


def _statements(schema: str, name: str) -> Iterator[sql.Composed]:
    table, column = sql.Identifier(schema, name), sql.Identifier(name)
    yield sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema))
    create = "CREATE TABLE {} (id int PRIMARY KEY, {} text, {} text)"
    yield sql.SQL(create).format(table, column, sql.Identifier(f"mail {name}"))
    rows = (
        "INSERT INTO {} SELECT n, 'x', 'olga' || n || '@corp.example' FROM generate_series(1, 9) n"
    )
    yield sql.SQL(rows).format(table)
    yield sql.SQL("ANALYZE {}").format(table)


def test_names_come_through_every_command(shop: Shop, dagster_home: Path) -> None:
    """From the policy that is written first, to the proof of a refresh of some tables."""
    (shop.folder / "mask-rules.yaml").unlink()
    assert shop.privaci("init").returncode == 0
    spelled = {table_name(*table) for table in TABLES}
    assert len(spelled) == len(TABLES)
    written = yaml.safe_load((shop.folder / "mask-rules.yaml").read_text(encoding="utf-8"))
    assert written["tables"].keys() == spelled
    assert shop.privaci("drift").returncode == 0

    shown = shop.privaci("plan", "--format", "markdown").stdout
    assert len(shown.splitlines()) == 2 + 3 * len(TABLES)
    assert "<script>" not in shown
    lines = json.loads(shop.privaci("plan", "--format", "json").stdout)
    assert {(line["table"], line["column"]) for line in lines} >= {
        (table_name(*table), table[1]) for table in TABLES
    }

    done = shop.json("run")
    assert done["tables"] == dict.fromkeys(spelled, 9)
    assert all(done["checks"].values())
    listed = ",".join(table_name(*table) for table in SOME)
    assert shop.json("run", "--tables", listed)["rows"] == 9 * len(SOME)
    assert shop.privaci("verify").returncode == 0
    for page in dagster_home.rglob("proof.html"):
        text = page.read_text(encoding="utf-8")
        assert "<script>alert" not in text
        assert not re.search("[\u202e\t]", text.split('<script type="application/json"')[0])
        assert shop.privaci("report", "--verify", page).returncode == 0
