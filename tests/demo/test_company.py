"""The demo company: the same rows everywhere, every difficulty it promises, no real person."""

from __future__ import annotations

import re

import psycopg
import pytest
from substrate.databases import Databases, cloned
from substrate.judge import checksums

from privaci_core.catalog.catalog import Catalog, read_catalog
from privaci_core.demo import POLICY, fill
from privaci_core.demo.answer_key import LOOK_ALIKES, answer_key, planted
from privaci_core.demo.company import DEMO
from privaci_core.errors import PreflightError
from privaci_core.policy import load_policy
from privaci_core.postgres.session import source_session

pytestmark = pytest.mark.postgres

EMAIL = re.compile(r"[\w.+-]+@([\w-]+\.)+(\w+)")
PHONE = re.compile(r"\+\d{9,}")


def catalog_of(dsn: str) -> Catalog:
    """The catalog of a database."""
    with source_session(dsn) as connection:
        return read_catalog(connection)


def test_it_is_the_same_twice(databases: Databases) -> None:
    """Two fills of one size give the same rows, column for column."""
    with cloned(databases) as first, cloned(databases) as second:
        for dsn in (first, second):
            assert fill(dsn, "mini").rows > 1_500
        assert checksums(first) == checksums(second)


def test_it_is_built_on_every_server(every_server: Databases) -> None:
    """Each version has the same tables and row counts, with the extensions and without."""
    with cloned(every_server) as dsn:
        filled = fill(dsn, "mini")
        assert filled.tables == 24
        catalog = catalog_of(dsn)
        assert {"ticket_message", "event"} == {r.name for r in catalog.relations if r.kind == "p"}


def test_it_has_what_is_hard(company_db: str) -> None:
    """It has cycles, self references, and composite, partial and expression keys."""
    catalog = catalog_of(company_db)
    keys = {
        (catalog.by_oid[k.relation].name, catalog.by_oid[k.referenced].name): k
        for k in catalog.foreign_keys
    }
    assert ("organization", "app_user") in keys
    assert ("app_user", "organization") in keys
    assert ("ticket", "ticket") in keys
    assert keys["team_member", "team"].columns == ("organization_id", "team_code")
    assert keys["invoice_line", "invoice"].referenced_columns == ("number",)
    user_keys = {key.name: key for key in catalog.keys[catalog.by_name["public.app_user"].oid]}
    assert user_keys["app_user_email_key"].expression_columns == ("email",)
    assert user_keys["app_user_one_owner"].predicate is not None
    widest = max(len(columns) for columns in catalog.columns.values())
    assert widest == 60
    assert not catalog.keys.get(catalog.by_name["public.import_log"].oid)


def test_the_answer_key_names_columns_that_are_there(company_db: str) -> None:
    """All listed columns exist; the policy masks the personal ones but those that it names."""
    catalog = catalog_of(company_db)
    for table, column in [(p.table, p.column) for p in answer_key()] + list(LOOK_ALIKES):
        assert catalog.column(catalog.by_name[table], column) is not None, f"{table}.{column}"
    ruled = {(table, column) for table, column, _ in load_policy(POLICY).rules()}
    unruled = {(p.table, p.column) for p in answer_key()} - ruled
    # It is generated from others, and follows by itself.
    assert unruled == {("clinical.patient", "full_name")}


def test_planted_values_stand_in_the_texts(company_db: str) -> None:
    """Names, phones, dates and record numbers of people are found in the texts about them."""
    with psycopg.connect(company_db) as connection:
        found = list(planted(connection))
    kinds = {(value.table, value.kind) for value in found}
    for kind in ("full_name", "last_name", "dob", "phone", "record_number"):
        assert ("clinical.visit", kind) in kinds
    assert ("public.ticket_message", "email") in kinds
    assert len(found) > 300


def test_no_real_person_is_in_it(company_db: str) -> None:
    """Every e-mail is under a reserved domain, every phone number is of the 555 range."""
    with psycopg.connect(company_db) as connection:
        for schema, table, columns in [
            (r.schema, r.name, [c.name for c in catalog_of(company_db).columns[r.oid]])
            for r in catalog_of(company_db).tables
        ]:
            query = f"SELECT {', '.join(f'{name}::text' for name in columns)} FROM {schema}.{table}"
            text = "\n".join(" ".join(filter(None, row)) for row in connection.execute(query))
            assert {match[2] for match in EMAIL.finditer(text)} <= {"example"}, table
            assert all(match[0].startswith("+1555") for match in PHONE.finditer(text)), table


def test_an_occupied_database_is_refused(company_db: str) -> None:
    """Building the company a second time leaves what is there alone."""
    with pytest.raises(PreflightError, match="holds tables with rows"):
        fill(company_db, "mini")


def test_the_stress_tier_has_any_size(databases: Databases) -> None:
    """The size of the stress tier follows the rows that were asked for."""
    assert DEMO.times(2).patients == 2 * DEMO.patients
    with cloned(databases) as dsn:
        filled = fill(dsn, "stress", rows=3_000)
        assert 1_500 < filled.rows < 6_000
