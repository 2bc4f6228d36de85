"""Keeps the files of unexpected errors in the session's own folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from privaci_core.postgres.unexpected import HOME

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="session")
def reports_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A test that provokes one leaves no file in the system's folder for temporary files."""
    before = HOME.set(str(tmp_path_factory.mktemp("home")))
    yield
    HOME.reset(before)
