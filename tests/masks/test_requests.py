"""What a provider is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from privaci_core.masks import Shape
from privaci_core.masks.fakes.contact import email, username
from privaci_core.masks.fakes.request import Make, Request
from privaci_core.masks.keyed.digest import DigestWords

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.unit


def test_a_request_shows_no_key() -> None:
    """Wherever it is printed, as in a traceback."""
    request = Request(shape=Shape(), params={}, alias="people", root=b"a secret salt")
    assert "people" in repr(request)
    assert "secret" not in repr(request)
    assert request.key("email").hex() not in repr(request)


@pytest.mark.parametrize("make", [email, username])
def test_a_name_and_its_code_come_of_one_digest(
    make: Callable[[Request], Make], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are decided by the value alone, and a digest is most of what a fake costs."""
    drawn: list[str] = []
    digest = DigestWords.of

    def counted(values: pl.Series, key: str) -> DigestWords:
        drawn.append(key)
        return digest(values, key)

    monkeypatch.setattr(DigestWords, "of", counted)
    request = Request(shape=Shape(), params={}, alias=None, root=b"a salt of the test suite")
    assert len(make(request)(pl.Series(["ada@example.test"]), 0)) == 1
    assert len(drawn) == 1
