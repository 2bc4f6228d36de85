"""Writes the proof of a refresh: a JSON document, a page, and the audit trail as Parquet."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_core.catalog.lock_file import shape_fingerprint
from privaci_core.catalog.whole_file import write_whole
from privaci_core.choose.ways import ways_of
from privaci_core.plan.show import lines_of
from privaci_core.postgres.dsn import describe
from privaci_core.postgres.session import target_session
from privaci_core.prove.checks import CHECK_NAMED
from privaci_core.prove.column_facts import column_facts
from privaci_core.prove.definitions import object_digests
from privaci_core.prove.document import DOCUMENT, PAGE, TRAIL, file_of
from privaci_core.prove.page import page_of
from privaci_core.target.audit_trail import write_parquet
from privaci_core.target.trail_digest import settled_digest
from privaci_dagster.labels import LEFT_OUT, UNCHANGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from privaci_core.loading.copy import Copy
    from privaci_core.plan.drift import Change
    from privaci_core.prove.ledgers import Recorded
    from privaci_core.target.audit_trail import Entry
    from privaci_dagster.history import CheckRecord, History, StepRecord

BAR_WIDTH = 16
MOST_BARS = 12
# What a proof says of a target that files were written instead of.
SCRATCH = "a scratch database, removed once its files are published"


def write_proof(
    folder: Path, document: Mapping[str, Any], trail: Sequence[Entry]
) -> dict[str, Any]:
    """Write the proof of a refresh and its trail, if any; returns what Dagster shows of it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / DOCUMENT, file_of(document))
    write_whole(folder / PAGE, page_of(document).encode())
    if trail:
        write_parquet(trail, folder / TRAIL)
    content = document["content"]
    left_out = {
        table["name"]: table["left_out"] for table in content["tables"] if "left_out" in table
    }
    return {
        **({LEFT_OUT: dg.MetadataValue.json(left_out)} if left_out else {}),
        "proof": dg.MetadataValue.path(str(folder / PAGE)),
        "digest": document["sha256"],
        "signed": "signature" in document,
        "where the time went": dg.MetadataValue.md(bars_of(content["tables"])),
        **content["totals"],
    }


def content_of(
    copy: Copy,
    history: History,
    recorded: Mapping[str, Recorded],
    changes: Sequence[Change] = (),
) -> dict[str, Any]:
    """What the proof says, in names, counts and the keyed sums of each table's rows.

    `changes` is how the source differs from its lock file. Columns are those of the whole policy:
    the proof is of the whole target, whatever was loaded.
    """
    lines = lines_of(copy.searched_plan, copy.catalog)
    now = datetime.now(UTC)
    started = datetime.fromtimestamp(history.opened.at, UTC) if history.opened else now
    loaded = {step.name for step in history.tables}
    tables = [_table(step) | _recorded(recorded.get(step.name)) for step in history.tables]
    tables += [_kept(name, found) for name, found in recorded.items() if name not in loaded]
    return {
        "refresh": history.refresh,
        "run": history.run,
        "who": history.who,
        "begun": started.isoformat(timespec="seconds"),
        "published": now.isoformat(timespec="seconds"),
        "version": version("privaci-dagster"),
        **_ends(copy),
        "fingerprints": _fingerprints(copy),
        "totals": {
            **_totals(tables),
            "seconds": round((now - started).total_seconds(), 1),
            "masked_columns": sum(line.masks for line in lines),
        },
        "tables": tables,
        "checks": [_check(record) for record in history.asked_checks],
        "columns": column_facts(lines, copy.catalog, copy.policy, copy.searched_plan),
        "drift": [_change(change) for change in changes],
        "notes": list(history.notes),
        **_subset(copy),
    }


def state_of(copy: Copy) -> dict[str, Any]:
    """What the published target holds beside its rows: its objects, the trail if it has one."""
    with target_session(copy.live, autocommit=True) as target:
        objects = object_digests(target, copy.mark.ledger_key)
        trail = settled_digest(target)
    return {"objects": objects, **({} if trail is None else {"trail": trail})}


def bars_of(tables: Iterable[Mapping[str, Any]]) -> str:
    """The slowest tables as bars of text, which Dagster shows in a fixed width."""
    slowest = sorted(tables, key=lambda table: -table["seconds"])[:MOST_BARS]
    longest = max((table["seconds"] for table in slowest), default=0) or 1
    width = max((len(table["name"]) for table in slowest), default=0)
    lines = []
    for table in slowest:
        bar = "█" * max(1, round(BAR_WIDTH * table["seconds"] / longest))
        figures = f"{table['seconds']:.2f} s, {table['rows']:,} rows"
        lines.append(f"{table['name']:<{width}} {bar:<{BAR_WIDTH}} {figures}")
    return "\n".join(["```", *lines, "```"])


def _ends(copy: Copy) -> dict[str, dict[str, Any]]:
    source = {"database": describe(copy.ends.source), "server": copy.catalog.server_version}
    target: dict[str, Any] = {"database": describe(copy.live)}
    if copy.policy.writes_files_alone:
        target = {"database": SCRATCH, "scratch": True}
    return {"source": source, "target": target}


def _fingerprints(copy: Copy) -> dict[str, str]:
    return {
        "policy": copy.policy.fingerprint(),
        "schema": shape_fingerprint(copy.catalog),
        "salt": copy.ends.keys.fingerprint(),
    }


def _subset(copy: Copy) -> dict[str, Any]:
    """Of a subset: where it starts, and what brought its rows; no predicate, which has values."""
    subset = copy.searched_plan.subset
    if subset is None:
        return {}
    ways = ways_of(copy.catalog, subset, subset.brought)
    starts = [
        {"table": start.table, "filtered": start.where is not None} for start in subset.starts
    ]
    return {"subset": {"starts": starts, "brought": [asdict(way) for way in ways]}}


def _totals(tables: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return {
        "tables": len(tables),
        "rows": sum(table["rows"] for table in tables),
        "bytes": sum(table["bytes"] for table in tables),
    }


def _recorded(found: Recorded | None) -> dict[str, Any]:
    """The refresh that loaded a table, the ledger of its rows, and how many were left out."""
    if found is None:
        return {}
    ledger, left_out = found.ledger, found.rows_left_out
    # Orphans were loaded, and left out before the keys were added.
    lacking = {"rows": ledger.rows, "left_out": left_out} if left_out else {}
    return {"refresh": found.refresh, "ledger": ledger.as_json(), **lacking}


def _table(step: StepRecord) -> dict[str, Any]:
    return {
        "name": step.name,
        "rows": int(step.metadata.get("dagster/row_count", 0)),
        "bytes": int(step.metadata.get("bytes", 0)),
        "seconds": float(step.metadata.get("seconds", 0)),
        "kept": bool(step.metadata.get(UNCHANGED, False)),
    }


def _kept(name: str, found: Recorded) -> dict[str, Any]:
    """A table that an earlier refresh loaded, whose rows this one did not touch."""
    rows = found.ledger.rows
    return {"name": name, "rows": rows, "bytes": 0, "seconds": 0.0, "kept": True} | _recorded(found)


def _change(change: Change) -> dict[str, Any]:
    return {
        "place": change.place,
        "kind": change.kind,
        "said": change.said,
        "blocks": change.blocks,
    }


def _check(record: CheckRecord) -> dict[str, Any]:
    return {
        "name": record.name,
        "says": CHECK_NAMED[record.name].proves,
        "passed": record.passed,
        "severity": record.severity,
        "found": dict(record.metadata),
    }
