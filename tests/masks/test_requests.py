"""What a provider is asked for."""

from __future__ import annotations

import pytest

from privaci_core.masks import Shape
from privaci_core.masks.fakes.request import Request

pytestmark = pytest.mark.unit


def test_a_request_shows_no_key() -> None:
    """Wherever it is printed, as in a traceback."""
    request = Request(shape=Shape(), params={}, alias="people", root=b"a secret salt")
    assert "people" in repr(request)
    assert "secret" not in repr(request)
    assert request.key("email").hex() not in repr(request)
