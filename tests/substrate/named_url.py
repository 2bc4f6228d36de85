"""Refuses a wrong URL first of all: pytest loads this by `-p`, before every other plugin."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

URL_VARIABLE = "PRIVACI_TEST_POSTGRES_URL"
REQUIRE_VARIABLE = "PRIVACI_TEST_REQUIRE_URL"
SCHEMES = ("postgresql", "postgres")


def pytest_addoption() -> None:
    """Refuse as soon as this is loaded: the first hook that pytest calls on a plugin."""
    problem = problem_of(os.environ)
    if problem:
        raise pytest.UsageError(problem)


def problem_of(environ: Mapping[str, str]) -> str | None:
    """What is wrong with the URL that a person named; its password is not repeated."""
    url = environ.get(URL_VARIABLE, "")
    if not url:
        if environ.get(REQUIRE_VARIABLE) == "1":
            return (
                f"{URL_VARIABLE} is not set, and {REQUIRE_VARIABLE}=1 asks for it:"
                " set it to a postgresql:// URL."
            )
        return None
    dialect = re.match(r"[A-Za-z][A-Za-z0-9]*", url.split(":")[0].split("+")[0])
    if "://" not in url or dialect is None:
        return f"{URL_VARIABLE} is not a URL: write postgresql://user@host:port/database."
    if dialect[0] not in SCHEMES or "+" in url.split(":")[0]:
        return (
            f"{URL_VARIABLE} names a {dialect[0]} database;"
            " the suite needs postgresql:// (a real PostgreSQL server)."
        )
    if not urlsplit(url).path.strip("/") and not urlsplit(url).hostname:
        return (
            f"{URL_VARIABLE} names no host and no database:"
            " write postgresql://user@host:port/database."
        )
    return None
