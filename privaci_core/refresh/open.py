"""Opens a refresh: takes a snapshot, plans the copy, locks the target, finds an earlier run."""

from __future__ import annotations

import hashlib
import logging
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from privaci_core.catalog.catalog import Catalog, read_catalog
from privaci_core.catalog.lock_file import shape_fingerprint
from privaci_core.ddl.dump_ahead import dumped_ahead
from privaci_core.detect.sample import read_contents
from privaci_core.loading.connections import Connections
from privaci_core.loading.copy import EVERYTHING, Copy, Options
from privaci_core.loading.cuts import cuts_of
from privaci_core.loading.hidden_names import HiddenNames
from privaci_core.loading.sessions import Sessions
from privaci_core.loading.streams import threads_wanted, workers_wanted
from privaci_core.loading.worker import Ends
from privaci_core.loading.workers import started
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.references import with_unmatched
from privaci_core.plan.rules import listed_columns
from privaci_core.plan.where import at_one_moment, at_their_moments, refused_predicates
from privaci_core.policy import FindingsError
from privaci_core.postgres.dsn import describe
from privaci_core.postgres.session import Connection, source_session, target_session
from privaci_core.postgres.snapshot import import_snapshot, moment_of, seen_by, take_snapshot
from privaci_core.postgres.write_counters import write_counters_of
from privaci_core.refresh.earlier_run import EarlierRun
from privaci_core.refresh.files import with_files
from privaci_core.refresh.remembered_start import sealed
from privaci_core.refresh.selection import narrowed, selected
from privaci_core.refresh.subset import with_subset
from privaci_core.stream.try_checks import broken_checks
from privaci_core.target.advisory_lock import locked_target
from privaci_core.target.claim import NEW, Claim, claimed
from privaci_core.target.cuts import read_cuts
from privaci_core.target.moment import read_moments
from privaci_core.target.swap import next_to
from privaci_core.target.unfinished import Unfinished, refuse_unfinished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.masks import Keys
    from privaci_core.plan.plan import Plan, TablePlan
    from privaci_core.policy import Policy
    from privaci_core.postgres.write_counters import WriteCounters
    from privaci_core.target.advisory_lock import TargetLock
    from privaci_core.target.cuts import Cut
    from privaci_core.target.swap import Beside

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An open refresh: what is to happen, the connections, and what an earlier run left."""

    copy: Copy
    connections: Connections
    earlier: EarlierRun

    def keeps(self, table: TablePlan) -> bool:
        """Whether a table is unchanged and not loaded, with all partitions beside it."""
        return self.copy.root_of(table) in self.earlier.unchanged


@contextmanager
def opened(
    source_dsn: str,
    target_dsn: str,
    policy: Policy,
    keys: Keys,
    options: Options = EVERYTHING,
    claim: Claim = NEW,
) -> Iterator[Opened]:
    """Lock the target, take a snapshot of the source, and plan what happens to it."""
    word = _beside(policy, claim)
    into = next_to(target_dsn, word) if word else target_dsn
    with source_session(source_dsn) as source, ExitStack() as beside_plan:
        counters = _counters(source, claim)
        # The snapshot begins with the next statement: what is written in between moves counters.
        source.rollback()
        snapshot = _snapshot_of(source, claim)
        seen = seen_by(source, snapshot)
        ends = Ends(
            source=source_dsn,
            target=into,
            snapshot=snapshot,
            seen=seen,
            is_shared=bool(claim.snapshot),
            keys=keys,
        )
        if policy.on_existing_data != "truncate" and not claim.snapshot:
            beside_plan.enter_context(_dumped_ahead(source, ends, options))
        planned = _chosen(_planned(source, ends, target_dsn, policy, options), claim)
        beside = into if word else None
        with locked_target(
            target_dsn, beside=beside, run=claim.run, shared_by=claim.backfill
        ) as lock:
            fingerprint = planned.mark.fingerprint
            mark, resumes, found = claimed(into, claim, fingerprint, beside=bool(word))
            start = sealed(keys, mark.refresh, claim.subset_start)
            mark = replace(mark, sealed_start=start)
            copy = replace(planned, mark=mark, ends=replace(ends, ledger_key=mark.ledger_key))
            if resumes:
                copy = replace(copy, plan=_at_moment_of(into, copy.plan))
            copy = with_subset(source, copy)
            copy = replace(copy, cuts=_cuts(copy, claim, resumes=resumes))
            copy = with_files(copy, claim)
            since = _counters(source, claim) if resumes else {}
            earlier = EarlierRun(
                resumes=resumes, found=found, counters=counters, counters_since=since
            )
            with _connections(copy, source, lock) as connections:
                yield Opened(copy=copy, connections=connections, earlier=earlier)


def _dumped_ahead(source: Connection, ends: Ends, options: Options) -> AbstractContextManager[None]:
    """Begin to dump the schema that a new target is made of; a resume does not ask for it."""
    return dumped_ahead(ends.source, source.info.server_version, ends.snapshot, options.of_dump)


def _beside(policy: Policy, claim: Claim) -> Beside | None:
    """What is loaded beside the target, if anything is."""
    if claim.tables:
        return "tables"
    return "next" if policy.on_existing_data == "swap" else None


def _chosen(copy: Copy, claim: Claim) -> Copy:
    """The copy of the tables that the claim names, or of all."""
    if not claim.tables:
        return copy
    tables = selected(copy.catalog, copy.plan, claim.tables, claim.along)
    chosen = narrowed(copy, tables)
    fingerprint = "\x1f".join([copy.mark.fingerprint, *sorted(tables)])
    return replace(chosen, mark=replace(copy.mark, fingerprint=digest(fingerprint)))


def digest(text: str) -> str:
    """A fingerprint of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _counters(source: Connection, claim: Claim) -> WriteCounters:
    """The source's write counters; those of now say nothing of a snapshot that was held before."""
    return {} if claim.snapshot else write_counters_of(source)


def _snapshot_of(source: Connection, claim: Claim) -> str:
    """The snapshot that the claim names, or a new one."""
    return import_snapshot(source, claim.snapshot) if claim.snapshot else take_snapshot(source)


@contextmanager
def _connections(copy: Copy, source: Connection, lock: TargetLock) -> Iterator[Connections]:
    """Start the workers now: processes import their modules while the schema is created."""
    ends = copy.ends
    count = workers_wanted(ends, copy.plan, copy.options)
    threads = threads_wanted(copy.plan, count)
    with started(count, ends, threads) as workers, closing(Sessions(ends)) as sessions:
        yield Connections(
            source=source,
            names=HiddenNames(source, copy.searched_plan.tables),
            workers=workers,
            sessions=sessions,
            lock=lock,
        )


@contextmanager
def finished(source_dsn: str, target_dsn: str, policy: Policy, keys: Keys) -> Iterator[Opened]:
    """Open a published copy to compare it with the source; refuse an unfinished one."""
    with target_session(target_dsn, autocommit=True) as target:
        refuse_unfinished(target, f"Verifying {describe(target_dsn)}")
    with source_session(source_dsn) as source:
        snapshot = take_snapshot(source)
        ends = Ends(source=source_dsn, target=target_dsn, snapshot=snapshot, keys=keys)
        planned = _planned(source, ends, target_dsn, policy, EVERYTHING)
        copy = replace(planned, plan=_at_moment_of(target_dsn, planned.plan))
        connections = Connections(
            source=source,
            names=HiddenNames(source, copy.plan.tables),
            sessions=Sessions(ends),
        )
        yield Opened(copy=with_subset(source, copy), connections=connections, earlier=EarlierRun())


def _planned(source: Connection, ends: Ends, live: str, policy: Policy, options: Options) -> Copy:
    """A copy of the snapshot, which belongs to no refresh yet."""
    catalog = read_catalog(source)
    plan = plan_of(source, catalog, policy, ends.snapshot)
    fingerprint = fingerprint_of(catalog, policy, ends.keys, options)
    return Copy(
        ends=ends,
        live=live,
        policy=policy,
        catalog=catalog,
        plan=plan,
        options=options,
        mark=Unfinished(refresh="", fingerprint=fingerprint),
    )


def _cuts(copy: Copy, claim: Claim, *, resumes: bool) -> dict[str, Cut]:
    """How large tables are cut: as the refresh began, because a source grows meanwhile."""
    if not resumes:
        return cuts_of(copy, claim.slices)
    with target_session(copy.ends.target, autocommit=True) as target:
        return read_cuts(target)


def _at_moment_of(target_dsn: str, plan: Plan) -> Plan:
    """The plan whose predicates mean the moment that rows in the target were chosen at."""
    if plan.moment is None:
        return plan
    with target_session(target_dsn, autocommit=True) as target:
        return at_their_moments(plan, read_moments(target).of)


def plan_of(source: Connection, catalog: Catalog, policy: Policy, snapshot: str = "") -> Plan:
    """Plan a copy of a snapshot; sample unlisted columns, and try fakes and predicates.

    Without the name of a snapshot it is the session's own.
    """
    if policy.auto_detect:
        LOG.info("sampling the columns that no rule lists")
    contents = (
        read_contents(source, catalog, listed_columns(policy, catalog))
        if policy.auto_detect
        else None
    )
    LOG.info("planning what happens to every column")
    plan = at_one_moment(plan_copy(catalog, policy, contents), moment_of(source, snapshot))
    findings = list(refused_predicates(source, catalog, policy, plan))
    if findings:
        raise FindingsError("Trying the predicates in the source", findings)
    findings = list(broken_checks(source, catalog, policy, plan))
    if findings:
        raise FindingsError("Trying fakes against the source's checks", findings)
    return with_unmatched(source, catalog, plan)


def fingerprint_of(catalog: Catalog, policy: Policy, keys: Keys, options: Options) -> str:
    """Hash of policy, schema, keys and options; a resume must match it."""
    parts = [policy.fingerprint(), shape_fingerprint(catalog), keys.fingerprint(), repr(options)]
    return digest("\x1f".join(parts))
