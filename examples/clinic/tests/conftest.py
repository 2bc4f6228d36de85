"""Reads the page under test."""

from __future__ import annotations

import os
import urllib.request
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def clinic() -> Callable[[str], str]:
    """The text of a page of the clinic."""

    def page(path: str) -> str:
        with urllib.request.urlopen(os.environ["CLINIC_URL"] + path, timeout=30) as answer:  # noqa: S310 - our own
            return str(answer.read().decode())

    return page
