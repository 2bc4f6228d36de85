"""Hides that parts of Dagster which we use are in beta: we test with the versions we allow."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def without_beta_warning() -> Iterator[None]:
    """Hide the warning of what is built here; those of other people's assets stay."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is currently in beta.*")
        yield
