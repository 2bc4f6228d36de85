"""Restores a backup into an empty database, and tries the newest one beside its target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privaci_core.baselines.backups import backup_of
from privaci_core.baselines.pg_programs import restored
from privaci_core.baselines.scratch import scratch_database
from privaci_core.errors import PreflightError
from privaci_core.postgres.dsn import describe
from privaci_core.postgres.session import target_session
from privaci_core.prove.proved_rows import differing_rows_of
from privaci_core.sql import query
from privaci_core.stores.extra import DOCS
from privaci_core.target.make_room import refuse_unwritable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.baselines.backups import Backup
    from privaci_core.stores.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """What a restore of a backup, tried beside its target, came to."""

    backup: Backup
    # The tables whose rows are not those that were proved, each with what differs.
    wrong: Mapping[str, str] = field(default_factory=dict)


def restore_backup(dsn: str, store: Store, name: str = "") -> Backup:
    """Restore a backup, the newest if none is named, into an empty database, in one transaction."""
    backup = backup_of(store, name)
    doing = f"Restoring the backup {backup.id} into {describe(dsn)}"
    with target_session(dsn, autocommit=True) as target:
        refuse_unwritable(target, doing)
        if target.execute(query("user_tables")).rowcount:
            why = "the database holds tables already"
            raise PreflightError(doing, why, "Name an empty database.", DOCS)
        version = target.info.server_version
    restored(dsn, max(version, backup.server_version), store.get(backup.dump))
    return backup


def drill(dsn: str, store: Store, name: str = "", *, scratch: str = "") -> Drill:
    """Restore a backup into a scratch database, compare its rows, and drop it again."""
    backup = backup_of(store, name)
    with scratch_database(dsn, backup.server_version, scratch, store.environ) as empty:
        restore_backup(empty, store, backup.id)
        return Drill(backup=backup, wrong=differing_rows_of(empty))
