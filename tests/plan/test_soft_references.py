"""References without a foreign key: found by their names, and judged by both ends' masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from builders.catalogs import catalog, table
from builders.policies import AS_IT_IS, EMAIL, HASH, columns, policy

from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.soft_references import references_by_name

if TYPE_CHECKING:
    from privaci_core.catalog.catalog import Catalog
    from privaci_core.plan.soft_references import SoftReference

pytestmark = pytest.mark.unit

USERS = table("public.users", "id int8 key", "email text unique", "name text unique")


def shown(source: Catalog, references: tuple[SoftReference, ...]) -> list[str]:
    """References by the names of their ends, with the column of types."""

    def name(end: tuple[int, str]) -> str:
        return f"{source.by_oid[end[0]].name}.{end[1]}"

    return [
        f"{name(each.referencing)} > {name(each.referenced)}"
        + (f" by {each.type_column}" if each.type_column else "")
        for each in references
    ]


def by_name(*tables: Any) -> list[str]:
    """What the names of a catalog mean."""
    source = catalog(*tables)
    return shown(source, references_by_name(source, ()))


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("user_id int4", "users.id"),
        ("userId int8", "users.id"),
        ("user int4", "users.id"),
        ("created_by_user_id int8", "users.id"),
        ("user_ids int8[]", "users.id"),
        ("user_email text", "users.email"),
        ("customer_email varchar(80)", "users.email"),
        ("email text", "users.email"),
        ("user_name text", "users.name"),
    ],
)
def test_a_name_means_a_key(column: str, expected: str) -> None:
    """By the key's table, or by the key's own name where that says enough."""
    name = column.split(maxsplit=1)[0]
    assert by_name(USERS, table("public.orders", column)) == [f"orders.{name} > {expected}"]


@pytest.mark.parametrize(
    "column",
    [
        *("user_id text", "user_uuid uuid", "name text", "shop_name text", "username text"),
        *("id int8", "email int8", "used_id int8", "user_id int8 generated", "valid int8"),
    ],
)
def test_other_names_mean_none(column: str) -> None:
    """Of another type, plain, of another word, or made from other columns."""
    assert by_name(USERS, table("public.orders", column)) == []


def test_a_row_can_mean_another_of_its_table() -> None:
    """By the usual words for it."""
    tree = table("public.folder", "id int8 key", "parent_id int8", "owner_id int8")
    assert by_name(tree) == ["folder.parent_id > folder.id"]


def test_the_nearest_of_several_tables_is_meant() -> None:
    """By its whole name, then by its schema; a number that could mean two tables means none."""
    auth = table("auth.user", "id int8 key", "email text unique")
    public = table("public.user", "id int8 key", "email text unique")
    longer = table("public.shop_user", "id int8 key")
    order = table("public.orders", "user_id int8", "shop_user_id int8")
    assert by_name(auth, public, longer, order) == [
        "orders.user_id > user.id",
        "orders.shop_user_id > shop_user.id",
    ]
    other = table("stock.orders", "user_id int8", "by_email text")
    assert by_name(auth, public, other) == [
        "orders.by_email > user.email",
        "orders.by_email > user.email",
    ]


def test_a_polymorphic_pair_can_mean_any_table() -> None:
    """An id beside a column of types; which tables are meant, only values tell."""
    post, photo = (table(f"public.{name}", "id int8 key") for name in ("post", "photo"))
    comment = table("public.comment", "commentable_id int8", "commentable_type text")
    assert by_name(post, photo, comment) == [
        "comment.commentable_id > post.id by commentable_type",
        "comment.commentable_id > photo.id by commentable_type",
    ]


def test_a_key_of_several_columns_is_meant_by_no_column() -> None:
    """An expression over one column is a key of that column."""
    line = table("public.line", "order_id int8 key", "number int8 key")
    both = table("public.pair", "code text", "tag text", unique=("code || tag",))
    folded = table("public.person", "email text", unique=("lower(email)",))
    other = table("public.other", "line_id int8", "pair_tag text", "person_email text")
    assert by_name(line, both, folded, other) == ["other.person_email > person.email"]


ORDERS = table("public.orders", "buyer_email text")
JOINED = {"from": "public.orders(buyer_email)", "to": "public.users(email)"}


def judged(users: dict[str, Any], orders: dict[str, Any], **rest: Any) -> dict[str, bool]:
    """Whether each reference of the orders matches under these rules."""
    source = catalog(USERS, ORDERS)
    rules = columns("public.users", **users) | columns("public.orders", **orders)
    plan = plan_copy(source, policy(rules, **rest))
    return {each.how: each.matches for each in plan.references}


@pytest.mark.parametrize(
    ("users", "orders", "matches"),
    [
        ({"email": AS_IT_IS}, {}, True),
        ({"email": EMAIL}, {}, False),
        ({}, {"buyer_email": EMAIL}, False),
        ({"email": EMAIL}, {"buyer_email": EMAIL}, True),
        ({"email": EMAIL}, {"buyer_email": EMAIL | {"params": {"domain": "x.test"}}}, False),
        ({"email": EMAIL}, {"buyer_email": EMAIL | {"seed_alias": "mine"}}, False),
        ({"email": HASH}, {"buyer_email": EMAIL}, False),
        ({"email": HASH}, {"buyer_email": HASH}, True),
        ({"email": EMAIL}, {"buyer_email": EMAIL | {"when": "buyer_email != ''"}}, False),
        (
            {"email": {"action": "fake", "provider": "full_name"}},
            {"buyer_email": {"action": "fake", "provider": "full_name"}},
            False,
        ),
        ({"email": {"action": "shuffle"}}, {"buyer_email": {"action": "shuffle"}}, False),
    ],
)
def test_both_ends_must_be_masked_alike(
    users: dict[str, Any], orders: dict[str, Any], matches: object
) -> None:
    """The same mask, the same condition, and the same fakes: a unique column's may have a code."""
    assert judged(users, orders) == {"name": matches}


def test_a_text_beside_a_citext_matches() -> None:
    """Addresses are written in lower case nearly everywhere; no rule could make it certain."""
    users = table("public.users", "id int8 key", "email citext unique")
    rules = columns("public.users", email=EMAIL) | columns("public.orders", buyer_email=EMAIL)
    (found,) = plan_copy(catalog(users, ORDERS), policy(rules)).references
    assert found.matches


def test_a_declared_reference_is_judged_too() -> None:
    """It matches by itself, but where each end has a condition of its own."""
    assert judged({"email": EMAIL}, {}, relations=[JOINED]) == {"declared": True}
    some = EMAIL | {"when": "buyer_email != ''"}
    assert judged({"email": EMAIL}, {"buyer_email": some}, relations=[JOINED]) == {
        "declared": False
    }
    only = JOINED | {"when": "buyer_email != ''"}
    assert judged({"email": EMAIL}, {}, relations=[only]) == {"declared": True}


def test_an_alias_of_another_provider_does_not_match() -> None:
    """The key is the same, the fakes are not."""
    alias = {"action": "fake", "provider": "username", "seed_alias": "public.users.email"}
    assert judged({"email": EMAIL}, {"buyer_email": alias}) == {"alias": False}
    assert judged({"email": EMAIL}, {"buyer_email": alias | {"provider": "email"}}) == {
        "alias": True
    }


def test_what_nothing_masks_is_not_judged() -> None:
    """Most databases have many references, and few with a masked end."""
    assert judged({}, {}) == {}


def test_a_table_without_rows_is_not_judged() -> None:
    """Nothing refers to it, and it refers to nothing."""
    source = catalog(USERS, ORDERS)
    rules = columns("public.users", email=EMAIL)
    for table_of in ("public.orders", "public.users"):
        empty = rules | {table_of: {"strategy": "empty"}}
        assert plan_copy(source, policy(empty)).references == ()


def test_dates_that_move_alike_refer_to_nothing() -> None:
    """Their alias says whose subject they are of."""
    source = catalog(
        table("public.a", "at date", "who text"), table("public.b", "at date", "person text")
    )
    shift = {"action": "date_shift", "subject": "who"}
    other = {"action": "date_shift", "subject": "person", "seed_alias": "public.a.at"}
    rules = columns("public.a", at=shift) | columns("public.b", at=other)
    assert plan_copy(source, policy(rules)).references == ()


def test_an_ignored_column_is_not_judged() -> None:
    """Whoever wrote it down has looked at it."""
    ignored = {"implied_fk_ignore": ["public.orders.buyer_email"]}
    assert judged({"email": EMAIL}, {}, **ignored) == {}
