"""Does beside the imports what a refresh would wait for; none of it holds the interpreter."""

from __future__ import annotations

from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

from privaci_core.ddl.dump import known_versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.masks import Keys


def begin_ahead(keys: Keys) -> None:
    """Stretch the keys, and ask every pg_dump for its version: both are remembered."""
    for each in (keys.fingerprint, known_versions):
        Thread(target=_quietly, args=(each,), name="privaci-before", daemon=True).start()


def _quietly(each: Callable[[], object]) -> None:
    """Do it; where it fails it is done again, and the error told, when it is needed."""
    with suppress(Exception):
        each()
