"""Makes runs from bundles that are written down, and shows the whole database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from fuzz.oracle import things_of
from testdata.shop import REFRESH

from privaci_core.catalog.catalog import read_catalog
from privaci_core.postgres.session import session
from privaci_core.testdata.bundle import Bundle, Row
from privaci_core.testdata.events import Trail
from privaci_core.testdata.pool import NAME, PINS
from privaci_core.testdata.registry import prepare_registry
from privaci_core.testdata.request import Maker, Wanted, seed
from privaci_core.testdata.reset import Asked, reset_run
from privaci_core.testdata.scenario import Scenario
from privaci_core.testdata.tokens import new_request, new_run, new_token

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.answer import Answer
    from privaci_core.testdata.events import Outlet
    from privaci_core.testdata.reset import Reset

NORTH = "00000000-0000-4000-8000-000000000001"


def created(role: str, table: str, key: str, **values: Any) -> Row:
    """A row to create; `key` names its key's columns."""
    texts = {name: None if value is None else str(value) for name, value in values.items()}
    return Row(
        role=role,
        number=1,
        table=table,
        values=texts,
        key={column: str(texts[column]) for column in key.split()},
        found=False,
        reserve=False,
    )


def claim_of(member: object, number: int = 900) -> Row:
    """A claim of a member."""
    values: dict[str, Any] = {"id": number, "year": 2026, "member": member, "provider": NORTH}
    return created("claim", "public.claim", "id year", **values)


def member(number: int = 700, **values: Any) -> Row:
    """A member."""
    given = {"id": number, "name": "Dot Dunmore", "status": "open", **values}
    return created("member", "public.member", "id", **given)


def _after_a_savepoint(bundle: Bundle, connection: Connection) -> Bundle:
    """A bundle as scenarios make it: what is written next is of a savepoint's transaction."""
    connection.execute("SAVEPOINT question")
    return bundle


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Takes requests and resets for one database."""

    dsn: str
    refresh: str = REFRESH
    outlet: Outlet | None = None

    def catalog(self) -> Catalog:
        """What the database is made of."""
        with session(self.dsn) as connection:
            return read_catalog(connection)

    def request(self, *rows: Row, ttl: timedelta = timedelta(hours=1)) -> Answer:
        """Make rows, all of one run."""
        wanted = self.wanted(rows, ttl)
        bundle = Bundle(scenario_id="case", run=wanted.run, seed="s", rows=rows)
        maker = Maker(bundle=partial(_after_a_savepoint, bundle), judge=lambda *_: ())
        trail = Trail(run=wanted.run, request=wanted.request, scenario="case", invoker="ann")
        with session(self.dsn, name=NAME, pins=PINS, autocommit=True) as connection:
            prepare_registry(connection)
            return seed(connection, self.catalog(), wanted, maker, trail, self.outlet)

    def wanted(self, rows: Sequence[Row], ttl: timedelta = timedelta(hours=1)) -> Wanted:
        """What a request for such rows asks for."""
        roles = {row.role: {"create": row.table} for row in rows}
        return Wanted(
            run=new_run(),
            request=new_request(),
            scenario=Scenario.model_validate({"scenario_id": "case", "rows": roles}),
            constraints={},
            invoker="ann",
            seed="s",
            strategy="after_test",
            ttl=ttl,
            token=new_token(),
            refresh=self.refresh,
        )

    def found(self, table: str, number: int, *, reserve: bool) -> Row:
        """A row of the database, as a request finds it."""
        catalog = self.catalog()
        relation = catalog.by_name[table]
        names = [column.name for column in catalog.columns[relation.oid]]
        texts = ", ".join(f"{name}::text" for name in names)
        with session(self.dsn, name=NAME, pins=PINS, autocommit=True) as connection:
            query = f"SELECT {texts} FROM {table} WHERE id = {number}"
            (values,) = connection.execute(query.encode()).fetchall()
        return Row(
            role="found",
            number=1,
            table=table,
            values=dict(zip(names, values, strict=True)),
            key={"id": str(number)},
            found=True,
            reserve=reserve,
        )

    def reset(self, answer: Answer, token: str | None = None) -> Reset:
        """Reset a run with its token, or with another one."""
        token = answer.cleanup_token if token is None else token
        asked = Asked(run=answer.test_run_id, token=token, invoker="ann")
        with session(self.dsn, name=NAME, pins=PINS, autocommit=True) as connection:
            return reset_run(connection, self.catalog(), asked, self.refresh, self.outlet)

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """What the system under test does, or a look into the registry."""
        with session(self.dsn, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def state(self) -> Counter[str]:
        """Every row of the database, and no definition; sequences may go on."""
        found = things_of(self.dsn, script="")
        return type(found)(
            {thing: count for thing, count in found.items() if "_seq: " not in thing}
        )
