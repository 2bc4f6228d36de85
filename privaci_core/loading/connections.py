"""The connections that a copy uses while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as PipeEnd

    from privaci_core.loading.hidden_names import HiddenNames
    from privaci_core.loading.sessions import Sessions
    from privaci_core.postgres.session import Connection
    from privaci_core.target.advisory_lock import TargetLock


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """The snapshot's session, its names, the workers, the sessions for loading here, the lock."""

    source: Connection = field(repr=False)
    names: HiddenNames = field(repr=False)
    # Empty where every table is small: this process loads them itself.
    workers: tuple[PipeEnd, ...] = field(default=(), repr=False)
    sessions: Sessions = field(repr=False)
    # None where nothing is written.
    lock: TargetLock | None = field(default=None, repr=False)
