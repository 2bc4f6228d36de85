"""References without a foreign key in a real source: how they are found, and what is said."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from builders.policies import EMAIL, HASH, columns, policy

from privaci_core.catalog.catalog import read_catalog
from privaci_core.plan.references import in_words, references_of, unmatched_notes
from privaci_core.postgres.session import source_session
from privaci_core.refresh.open import plan_of

pytestmark = pytest.mark.postgres

SCHEMA = """
CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, key uuid UNIQUE);
CREATE TABLE team (id int PRIMARY KEY);
CREATE TABLE post (id bigint PRIMARY KEY);
CREATE TABLE blog_photos (id bigint PRIMARY KEY);
CREATE TABLE orders (id int PRIMARY KEY, buyer_email varchar(80), user_id bigint, team_id int);
CREATE TABLE comments (on_id bigint, on_type text);
CREATE TABLE groups (id int PRIMARY KEY, user_ids int[], holder uuid, spoken_to text);
CREATE TABLE empty (user_id int);
INSERT INTO users SELECT n, 'person' || n || '@org.example', gen_random_uuid()
    FROM generate_series(1, 50) AS n;
INSERT INTO team SELECT generate_series(1, 5);
INSERT INTO post SELECT generate_series(100, 120);
INSERT INTO blog_photos SELECT generate_series(200, 220);
INSERT INTO orders SELECT n, 'person' || n || '@org.example', n, 1000 + n
    FROM generate_series(1, 50) AS n;
INSERT INTO comments SELECT n, 'Post' FROM generate_series(100, 119) AS n;
INSERT INTO comments SELECT n, E'App\\\\BlogPhoto' FROM generate_series(200, 219) AS n;
INSERT INTO comments VALUES (7, 'mary'), (8, NULL), (NULL, 'Post');
INSERT INTO groups SELECT id, ARRAY[id, id + 1, NULL], key, email FROM users WHERE id < 50;
"""


@pytest.fixture
def source(source_db: str) -> str:
    """A database whose application knows its references, and Postgres does not."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(SCHEMA)
    return source_db


def found(dsn: str, rules: Any) -> dict[str, tuple[str, bool]]:
    """The references of a source: both ends, what shows them, and whether they match."""
    with source_session(dsn) as session:
        catalog = read_catalog(session)
        plan = plan_of(session, catalog, rules)
        references = in_words(references_of(session, catalog, rules, plan), catalog)
    return {
        f"{each.referencing} > {each.referenced}".replace("public.", ""): (
            each.evidence,
            each.matches,
        )
        for each in references
    }


def notes(dsn: str, rules: Any) -> tuple[str, ...]:
    """What a refresh notes."""
    with source_session(dsn) as session:
        catalog = read_catalog(session)
        return unmatched_notes(plan_of(session, catalog, rules), catalog)


def test_names_and_values_show_references(source: str) -> None:
    """Values confirm or refute a name; a class names its table; an array refers by its elements."""
    assert found(source, policy()) == {
        "orders.buyer_email > users.email": ("its name; 50 of 50 sampled values are there", True),
        "orders.user_id > users.id": ("its name; 50 of 50 sampled values are there", True),
        "groups.user_ids > users.id": ("its name; 50 of 50 sampled values are there", True),
        "empty.user_id > users.id": ("its name", True),
        "comments.on_id > post.id": (
            "its name; 20 of 20 sampled values are there; when on_type == 'Post'",
            True,
        ),
        "comments.on_id > blog_photos.id": (
            "its name; 20 of 20 sampled values are there; when on_type == 'App\\\\BlogPhoto'",
            True,
        ),
        "groups.holder > users.key": ("49 of 49 sampled values are there", True),
        "groups.spoken_to > users.email": ("49 of 49 sampled values are there", True),
    }


def test_a_refresh_notes_what_will_not_match(source: str) -> None:
    """With both ends, what shows it, and what to do; a reference that matches is not noted."""
    rules = policy(
        columns("public.users", email=EMAIL, id=HASH)
        | columns("public.blog_photos", id=HASH)
        | columns("public.orders", buyer_email=EMAIL | {"seed_alias": "mine"})
        | columns("public.empty", user_id=HASH)
    )
    said = notes(source, rules)
    assert [note.split(":")[0] for note in said] == [
        "REFERENCE public.comments.on_id",
        "REFERENCE public.groups.user_ids",
        "REFERENCE public.orders.buyer_email",
        "REFERENCE public.orders.user_id",
    ]
    assert "; when on_type says so)" in said[0]
    assert "App" not in said[0]
    assert said[2] == (
        "REFERENCE public.orders.buyer_email: refers to public.users.email (its name; 50 of 50"
        " sampled values are there), and the two are masked differently: joins find nothing."
        " Declare it under `relations`, or list the column under `implied_fk_ignore`."
    )
    assert notes(source, policy()) == ()


def test_a_reference_that_is_declared_or_ignored_is_not_noted(source: str) -> None:
    """The relation masks both ends alike."""
    users = columns("public.users", email=EMAIL)
    assert len(notes(source, policy(users))) == 1
    declared = {"from": "public.orders(buyer_email)", "to": "public.users(email)"}
    assert notes(source, policy(users, relations=[declared])) == ()
    assert notes(source, policy(users, implied_fk_ignore=["public.orders.buyer_email"])) == ()
    shown = found(source, policy(users, implied_fk_ignore=["public.groups.spoken_to"]))
    assert "groups.spoken_to > users.email" not in shown
    assert shown["orders.buyer_email > users.email"][1] is False


def test_no_value_is_shown(source: str) -> None:
    """But the name of a class that is a table's."""
    text = repr(found(source, policy()))
    assert "mary" not in text
    assert "person" not in text


def test_values_refute_a_name(source: str) -> None:
    """Most of them must be in the key."""
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("UPDATE orders SET user_id = 9000000000 + id WHERE id > 20")
    shown = found(source, policy())
    assert "orders.user_id > users.id" not in shown
    assert "orders.buyer_email > users.email" in shown


def test_where_no_value_can_be_read_the_name_stays(source: str) -> None:
    """A session without the privilege still gets them."""
    with source_session(source) as session:
        catalog = read_catalog(session)
        plan = plan_of(session, catalog, policy())
        session.execute("SET LOCAL ROLE pg_read_all_stats")
        shown = in_words(references_of(session, catalog, policy(), plan), catalog)
    assert {each.evidence for each in shown} == {"its name"}
    assert {each.referencing for each in shown} == {
        "public.orders.buyer_email",
        "public.orders.user_id",
        "public.orders.team_id",
        "public.groups.user_ids",
        "public.empty.user_id",
    }
