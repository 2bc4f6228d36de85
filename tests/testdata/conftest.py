"""A published target for each test of test data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from testdata.runs import Desk
from testdata.shop import publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from substrate.databases import Databases


@pytest.fixture
def desk(databases: Databases) -> Iterator[Desk]:
    """A published target."""
    dsn = databases.create(databases.template("shop", publish))
    yield Desk(dsn=dsn)
    databases.drop(dsn)
