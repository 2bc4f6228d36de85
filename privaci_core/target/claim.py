"""Decides which refresh of a target a run belongs to: its own, or an unfinished one."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from privaci_core.errors import PreflightError
from privaci_core.postgres.dsn import database_of, describe
from privaci_core.postgres.session import maintenance, session
from privaci_core.target.swap import next_to
from privaci_core.target.unfinished import Unfinished, read_unfinished

if TYPE_CHECKING:
    from collections.abc import Mapping

# Tables that the chosen ones refer to, and tables that refer to them.
Along = frozenset[Literal["parents", "children"]]
LEDGER_KEY_BYTES = 32
NOTHING_UNFINISHED = "the target has no unfinished refresh"
NOT_THE_SAME = (
    "policy, schema, keys or options changed since that refresh began, or it had created no table"
)
REMEDY = (
    "Begin a new one: privaci run, or materialize all."
    " To check a published copy again: privaci verify."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a run asks for: a refresh by its name, the target's unfinished one, or a new one."""

    # Empty: a resume takes the target's unfinished refresh, any other run a new name.
    refresh: str = ""
    resumes: bool = False
    run: str = ""
    # The backfill that the run is a part of: its runs share the target's lock.
    backfill: str = ""
    # A snapshot of the source that another process holds, for steps that share no process.
    snapshot: str = ""
    # Into how many slices a new refresh cuts large tables, by the names of their roots.
    slices: Mapping[str, int] = field(default_factory=dict)
    # The tables of a published target to load, and which relatives come along; none: all.
    tables: frozenset[str] = frozenset()
    # Where the run's subset starts, if not where the policy says: a resume goes on from there.
    subset_start: str = field(default="", repr=False)
    along: Along = frozenset()
    # Where the credentials of a store for files are; None stands for the process's own variables.
    environ: Mapping[str, str] | None = field(default=None, repr=False, compare=False)


NEW = Claim()


def claimed(
    into: str, claim: Claim, fingerprint: str, *, beside: bool
) -> tuple[Unfinished, bool, Unfinished | None]:
    """The run's mark, whether it resumes, and the mark that the target had."""
    found = unfinished_in(into, beside=beside)
    ours = Unfinished(refresh=refresh_of(claim, found), fingerprint=fingerprint, run=claim.run)
    resumes = can_resume(found, ours)
    key = found.ledger_key if found and resumes else secrets.token_bytes(LEDGER_KEY_BYTES)
    ours = replace(ours, ledger_key=key)
    if claim.resumes and not resumes:
        raise PreflightError(
            f"Resuming the refresh of {describe(into)}",
            NOTHING_UNFINISHED if found is None else NOT_THE_SAME,
            REMEDY,
        )
    return ours, resumes, found


def refresh_of(claim: Claim, found: Unfinished | None) -> str:
    """The refresh's name: the one that is asked for, the unfinished one's, or a new one."""
    if claim.refresh:
        return claim.refresh
    if claim.resumes and found is not None:
        return found.refresh
    return uuid.uuid4().hex


def can_resume(found: Unfinished | None, ours: Unfinished) -> bool:
    """Whether what an earlier run loaded is part of our refresh, and would be the same today."""
    if found is None or not found.has_objects:
        return False
    return (found.refresh, found.fingerprint) == (ours.refresh, ours.fingerprint)


def is_unfinished(target_dsn: str, on_existing_data: str) -> bool:
    """Whether a refresh of the whole target was begun and not published."""
    swaps = on_existing_data == "swap"
    into = next_to(target_dsn) if swaps else target_dsn
    return unfinished_in(into, beside=swaps) is not None


def unfinished_in(into: str, *, beside: bool) -> Unfinished | None:
    """The mark of a target, or of the database beside it, which may not exist.

    Other processes of the run may lock the target meanwhile, and end its loading sessions: this
    one is none.
    """
    if beside and not _exists(into):
        return None
    with session(into, autocommit=True) as target:
        return read_unfinished(target)


def _exists(dsn: str) -> bool:
    with maintenance(dsn) as server:
        query = "SELECT FROM pg_catalog.pg_database WHERE datname = %s"
        return bool(server.execute(query, [database_of(dsn)]).rowcount)
