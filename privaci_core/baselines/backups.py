"""Backs up a published target as a dump in a store, and lists, keeps and drops the dumps."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from privaci_core.baselines.pg_programs import dumped
from privaci_core.baselines.snapshot import new_id, no_proof
from privaci_core.errors import CopyError, PreflightError
from privaci_core.postgres.dsn import database_of, describe
from privaci_core.postgres.session import source_session
from privaci_core.prove.document import proof_id_from
from privaci_core.stores.extra import DOCS
from privaci_core.stores.store import AGE, Store, Stored, refuse_unencrypted
from privaci_core.target.ledger_store import stored_ledgers
from privaci_core.target.unfinished import refuse_unfinished

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from privaci_core.baselines.snapshot import FindProof
    from privaci_core.prove.document import ProofId

FOLDER, MANIFEST, FORMAT = "backups", "manifest.json", 1
PERIODS = frozenset({"daily", "weekly"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A dump of a published target, as its manifest describes it."""

    id: str
    at: datetime
    database: str
    server_version: int
    refreshes: tuple[str, ...]
    dump: Stored
    # The proof of the newest of these refreshes; earlier versions named none.
    proof: ProofId | None = None

    @property
    def is_encrypted(self) -> bool:
        """Whether a key is needed to read it."""
        return self.dump.name.endswith(AGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How many backups stay: the newest of so many days, and of so many weeks."""

    daily: int = 7
    weekly: int = 4

    @staticmethod
    def of(said: Mapping[str, int] | None) -> Keep:
        """The numbers that a configuration says; the others are those of the default."""
        said = said or {}
        if said.keys() - PERIODS or any(count < 0 for count in said.values()):
            raise PreflightError(
                "Reading how many backups stay",
                "it takes numbers of 0 or more for daily and weekly, and nothing else",
                "Write keep: {daily: 7, weekly: 4}, for one.",
                DOCS,
            )
        return Keep(**said)


def back_up(
    dsn: str, store: Store, *, may_be_plain: bool = False, find_proof: FindProof = no_proof
) -> Backup:
    """Stream a dump of a published target into the store; one that breaks off is not there."""
    refuse_unencrypted(store, may_be_plain=may_be_plain)
    doing, name = f"Backing up {describe(dsn)}", new_id()
    with source_session(dsn) as session:
        refuse_unfinished(session, doing)
        parts = stored_ledgers(session).parts
        version = session.info.server_version
    if not parts:
        why = "it keeps no ledger of proved rows: no refresh has published it"
        raise PreflightError(doing, why, "Refresh it first: privaci run.", DOCS)
    dump = store.put(f"{FOLDER}/{name}/dump", dumped(dsn, version))
    refreshes = tuple(dict.fromkeys(part.refresh for part in parts))
    backup = Backup(
        id=name,
        at=datetime.now(UTC),
        database=database_of(dsn),
        server_version=version,
        refreshes=refreshes,
        dump=dump,
        proof=find_proof(refreshes),
    )
    store.put_plain(f"{FOLDER}/{name}/{MANIFEST}", [_manifest(backup)])
    return backup


def backups(store: Store) -> list[Backup]:
    """Every whole backup, the oldest first."""
    whole = (name.split("/")[-2] for name in store.names(FOLDER) if name.endswith(f"/{MANIFEST}"))
    return sorted((_read(store, name) for name in whole), key=lambda each: (each.at, each.id))


def backup_of(store: Store, name: str = "") -> Backup:
    """The backup of an id, or the newest."""
    found = backups(store)
    chosen = [each for each in found if not name or each.id == name]
    if not chosen:
        why = f"there is no whole backup {name}".rstrip()
        doing = f"Looking for a backup in {store.url}"
        raise PreflightError(doing, why, "List them: privaci backup list.", DOCS)
    return chosen[-1]


def expired(found: Sequence[Backup], keep: Keep) -> list[Backup]:
    """The backups that may go; never the newest, whatever is asked for."""
    newest_first = sorted(found, key=lambda each: each.at, reverse=True)
    days = _newest_of(newest_first, "%Y-%m-%d", keep.daily)
    weeks = _newest_of(newest_first, "%G-W%V", keep.weekly)
    stay = {each.id for each in (*newest_first[:1], *days, *weeks)}
    return [each for each in found if each.id not in stay]


def _newest_of(newest_first: Iterable[Backup], period: str, count: int) -> list[Backup]:
    """The newest backup of each of the last periods that have one."""
    found: dict[str, Backup] = {}
    for each in newest_first:
        found.setdefault(f"{each.at:{period}}", each)
    return list(found.values())[:count]


def drop_backups(store: Store, gone: Iterable[Backup]) -> None:
    """Remove backups, the manifest of each first."""
    for each in gone:
        store.delete([f"{FOLDER}/{each.id}/{MANIFEST}", each.dump.name])


def _manifest(backup: Backup) -> bytes:
    content = asdict(backup) | {"at": backup.at.isoformat()}
    document = {"format": FORMAT, "sha256": _digest(content), "backup": content}
    return json.dumps(document, indent=1).encode()


def _read(store: Store, name: str) -> Backup:
    octets = b"".join(store.get_unchecked(f"{FOLDER}/{name}/{MANIFEST}"))
    try:
        document = json.loads(octets)
        content: dict[str, Any] = document["backup"]
        if document["format"] != FORMAT or document["sha256"] != _digest(content):
            _refuse(name)
        made = {
            "at": datetime.fromisoformat(content["at"]),
            "refreshes": tuple(content["refreshes"]),
            "dump": Stored(**content["dump"]),
            "proof": proof_id_from(content.get("proof")),
        }
        return Backup(**{**content, **made})
    except (ValueError, KeyError, TypeError):
        _refuse(name)


def _digest(content: object) -> str:
    written = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _refuse(name: str) -> NoReturn:
    raise CopyError(
        f"Reading the manifest of the backup {name}",
        "its bytes are not those that were written, or another version wrote it",
        "Use another backup: privaci backup list.",
        DOCS,
    )
