"""Decides which refresh of a target a run belongs to: one of its own, or one that an earlier run began."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from privaci_core.errors import PreflightError
from privaci_core.postgres.dsn import database_of, describe
from privaci_core.postgres.session import maintenance, target_session
from privaci_core.target.unfinished import Mark, read_mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Which refresh a run belongs to: one by name, whichever the target is in the middle of, or one of its own."""

    refresh: str = ""
    goes_on: bool = False
    run: str = ""
    # A snapshot of the source that somebody else holds, for steps that share no process.
    moment: str = ""


NEW = Claim()


def claimed(
    into: str, claim: Claim, fingerprint: str, *, beside: bool
) -> tuple[Mark, bool, Mark | None]:
    """The refresh that we are in, whether the target is in the middle of it already, and the mark that was there."""
    found = under_way(into, beside=beside)
    refresh = (
        claim.refresh or (found.refresh if claim.goes_on and found else "") or uuid.uuid4().hex
    )
    ours = Mark(refresh=refresh, fingerprint=fingerprint, run=claim.run)
    resumes = bool(
        found and found.has_objects and (found.refresh, found.fingerprint) == (refresh, fingerprint)
    )
    if claim.goes_on and not resumes:
        why = "no refresh of it is under way"
        if found is not None:
            why = "policy, schema or salt are others than when its refresh was begun, or that had made no table yet"
        remedy = "Begin a new one: privaci run, or materialize all. A published copy is proved again by privaci verify."
        raise PreflightError(f"Going on with the refresh of {describe(into)}", why, remedy)
    return ours, resumes, found


def under_way(into: str, *, beside: bool) -> Mark | None:
    """The mark of the refresh that a target is in the middle of, or the database beside it, which need not be there."""
    if beside and not _is_there(into):
        return None
    with target_session(into, autocommit=True) as target:
        return read_mark(target)


def _is_there(into: str) -> bool:
    """Whether an earlier run has made the database beside the target."""
    with maintenance(into) as server:
        known = "SELECT FROM pg_catalog.pg_database WHERE datname = %s"
        return bool(server.execute(known, [database_of(into)]).rowcount)
