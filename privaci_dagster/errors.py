"""Turns our errors into Dagster's, and cuts the driver's words off before they reach an event."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.errors import PrivaciError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def told() -> Iterator[None]:
    """Raise an error of ours as a Failure whose description says context, cause and remediation."""
    try:
        yield
    except PrivaciError as error:
        raise dg.Failure(description=str(error), metadata={"exit_code": error.exit_code}, allow_retries=False) from None
