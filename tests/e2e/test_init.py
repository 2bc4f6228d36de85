"""A first policy joins what belongs together, and says what it costs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psycopg
import pytest
from e2e.shop import Shop

from privaci_core.policy import load_policy

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

SCHEMA = """
CREATE TABLE customer (id int PRIMARY KEY, full_name varchar(60) UNIQUE);
CREATE TABLE account (id int PRIMARY KEY, email text UNIQUE);
CREATE TABLE purchase (id int PRIMARY KEY, customer_full_name varchar(60), comment text);
CREATE TABLE ticket (id int PRIMARY KEY, account_email varchar(25), account_id int);
INSERT INTO customer SELECT n, 'Nimue Lake ' || chr(64 + n) FROM generate_series(1, 26) AS n;
INSERT INTO account SELECT n, 'n' || n || '@lake.example' FROM generate_series(1, 26) AS n;
INSERT INTO purchase SELECT id, full_name, 'Mary Jones asked about number ' || id FROM customer;
INSERT INTO ticket SELECT id, email, id FROM account;
"""


@pytest.fixture
def shop(source_db: str, target_db: str, tmp_path: Path) -> Shop:
    """A shop whose application knows who bought what."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(SCHEMA)
    found = Shop(tmp_path, source_db, target_db)
    (tmp_path / "mask-rules.yaml").unlink()
    return found


def test_a_first_policy_joins_what_belongs_together(shop: Shop) -> None:
    """A proved reference is a rule, so that the plan of the written policy names none that breaks.

    An e-mail address of 25 characters holds no fake of a unique one: that reference is a comment.
    """
    with psycopg.connect(shop.source, autocommit=True) as connection:
        connection.execute("ALTER TABLE ticket ALTER account_email TYPE text")
    written = shop.privaci("init")
    assert written.returncode == 0, written.stderr
    assert "references without a foreign key" in written.stdout
    assert "by ner_mask, less than 1 s" in written.stdout
    rules = load_policy(shop.folder / "mask-rules.yaml")
    assert [(str(each.source), str(each.target)) for each in rules.relations] == [
        ("public.purchase(customer_full_name)", "public.customer(full_name)"),
    ]
    planned = shop.privaci("plan")
    assert planned.returncode == 0, planned.stderr
    assert "will not match" not in planned.stdout


def test_a_source_without_tables_is_refused(target_db: str, tmp_path: Path) -> None:
    """A policy of nothing would be in the way of the first real one."""
    shop = Shop(tmp_path, target_db, target_db)
    policy = tmp_path / "mask-rules.yaml"
    policy.unlink()
    done = shop.privaci("init")
    assert (done.returncode, "the source's tables\n  Cause: it has none" in done.stderr) == (
        2,
        True,
    )
    assert not policy.exists()


def test_a_relation_that_no_mask_fits_stays_a_comment(shop: Shop) -> None:
    """A first policy can be planned, whatever it has to leave to a person."""
    written = shop.privaci("init")
    assert written.returncode == 0, written.stderr
    rules = load_policy(shop.folder / "mask-rules.yaml")
    assert [str(each.source) for each in rules.relations] == ["public.purchase(customer_full_name)"]
    planned = shop.privaci("plan")
    assert planned.returncode == 0, planned.stderr
    assert "will not match\n" in planned.stdout
    assert "public.ticket.account_email" in planned.stdout.split("masked\n")[0]
    for_programs = shop.privaci("plan", "--format", "json")
    assert for_programs.stderr.startswith("REFERENCE public.ticket.account_email: refers to ")
    assert json.loads(for_programs.stdout)
    done = shop.privaci("run")
    assert done.returncode == 0, done.stderr
    assert "REFERENCE public.ticket.account_email: refers to public.account.email" in done.stdout


def test_a_column_with_originals_is_for_a_person_to_decide(shop: Shop) -> None:
    """A town that is called as a masked person is stops no first policy, and says what it needs."""
    with psycopg.connect(shop.source, autocommit=True) as connection:
        connection.execute("CREATE TABLE branch (id int PRIMARY KEY, city text)")
        connection.execute(
            "INSERT INTO branch SELECT id, CASE id WHEN 1 THEN full_name ELSE 'Ulm ' || id END"
            " FROM customer"
        )
    written = shop.privaci("init")
    assert written.returncode == 0, written.stderr
    policy = shop.folder / "mask-rules.yaml"
    assert "# city: {action: passthrough}  # medium, originals:" in policy.read_text()
    assert "  1 column repeats values of masked ones: `privaci run` publishes" in written.stdout


def test_a_first_policy_of_one_schema(shop: Shop) -> None:
    """As PrivaCI calls it: its columns alone, and over a file that exists only if that is meant."""
    with psycopg.connect(shop.source, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA staff CREATE TABLE member (id int, email text)")
    mine = ("init", "--output", "rules.yaml", "--schema", "staff")
    written = shop.privaci(*mine)
    assert written.returncode == 0, written.stderr
    assert "rules.yaml: 1 column masked" in written.stdout
    assert "next: read the file, then `privaci plan --config rules.yaml`" in written.stdout
    rules = load_policy(shop.folder / "rules.yaml")
    assert (set(rules.tables), rules.relations) == ({"staff.member"}, ())
    again = shop.privaci(*mine)
    assert again.returncode != 0
    assert "--force" in again.stderr
    assert shop.privaci(*mine, "--schema", "public", "--force").returncode == 0
    assert "public.account" in load_policy(shop.folder / "rules.yaml").tables
    unknown = shop.privaci("init", "-o", "other.yaml", "--schema", "stuff")
    assert "the source has no table in stuff" in unknown.stderr
    assert not (shop.folder / "other.yaml").exists()
