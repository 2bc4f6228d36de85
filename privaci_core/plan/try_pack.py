"""Runs the tests of a pack: what would become of each column that it names as an example."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.catalog.catalog import Catalog, Column, Relation
from privaci_core.errors import PolicyError
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import FindingsError, Policy, split_relation
from privaci_core.policy.kinds import Pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.policy.signed_pack import Example, Manifest

DOCS = "docs/how-to/packs.md"
OID = 1


def refuse_failing(pack: Manifest) -> None:
    """Refuse a pack that does not do what its own tests say, or that has none."""
    failed = list(_failed(pack)) if pack.tests else ["it has no tests"]
    if failed:
        raise PolicyError(
            f"Testing the pack {pack.name} {pack.version}",
            "\n    - ".join([f"{len(failed)} of its tests failed", *failed]),
            "Tell its makers; nothing was changed.",
            DOCS,
        )


def _failed(pack: Manifest) -> Iterator[str]:
    """The tests that fail, in words."""
    rules = Pack(version=pack.version, kinds=pack.kinds)
    policy = Policy(version="1.0", packs={pack.name: rules})
    for example in pack.tests:
        where = f"{example.table}.{example.column} ({example.type})"
        try:
            columns = plan_copy(_with_one(example), policy).tables[0].masked
        except FindingsError as refused:
            yield f"{where}: {refused.findings[0].reason}"
            continue
        found = columns[0].action if columns else "copied"
        if found != example.expect:
            said = found if isinstance(found, str) else found.action
            wanted = example.expect if isinstance(example.expect, str) else example.expect.action
            settings = " with other settings" if said == wanted else ""
            yield f"{where}: {wanted} is expected, and it would be {said}{settings}"


def _with_one(example: Example) -> Catalog:
    """A database with this column alone."""
    schema, name = split_relation(example.table) or ("public", example.table)
    relation = Relation(
        oid=OID,
        schema=schema,
        name=name,
        kind="r",
        persistence="p",
        partition_of=None,
        partition_key=None,
        partition_bound=None,
        inherits=(),
        row_security=False,
        estimated_rows=0,
        heap_bytes=0,
        toast_bytes=0,
        triggers=0,
        comment=None,
    )
    column = Column(
        relation=OID,
        name=example.column,
        number=1,
        type=example.type,
        base_schema="pg_catalog",
        base_type=example.type,
        scalar_schema="pg_catalog",
        scalar_type=example.type,
        scalar_kind="b",
        is_array=False,
        is_domain=False,
        modifier=-1,
        not_null=False,
        has_default=False,
        identity="",
        generated="",
        binary=True,
        comment=None,
    )
    return Catalog(
        server_version=160000,
        encoding="UTF8",
        relations=(relation,),
        columns={OID: (column,)},
        keys={},
        foreign_keys=(),
        checks={},
        enums={},
    )
