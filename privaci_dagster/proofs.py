"""Keeps the proof of every published refresh beside Dagster's storage: as JSON, as a page, and its trail as Parquet."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_core.catalog.lock_file import shape_fingerprint
from privaci_core.postgres.dsn import describe
from privaci_core.prove.document import DOCUMENT, PAGE, TRAIL
from privaci_core.prove.page import page_of
from privaci_core.target.audit_trail import write_parquet
from privaci_dagster.history import CHECKS, KEPT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from privaci_core.loading.copy import Copy
    from privaci_core.target.audit_trail import Entry
    from privaci_dagster.history import Step, Story

BAR = 16


def keep_proof(folder: Path, document: Mapping[str, Any], trail: Sequence[Entry]) -> dict[str, Any]:
    """Write the proof of a refresh, and its trail where it has one; returns what the UI shows of it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DOCUMENT).write_text(json.dumps(document, indent=1), encoding="utf-8")
    (folder / PAGE).write_text(page_of(document), encoding="utf-8")
    if trail:
        write_parquet(trail, folder / TRAIL)
    content = document["content"]
    return {
        "proof": dg.MetadataValue.path(str(folder / PAGE)),
        "digest": document["sha256"],
        "signed": "signature" in document,
        "where the time went": dg.MetadataValue.md(_bars(content["tables"])),
        **content["totals"],
    }


def content_of(copy: Copy, story: Story) -> dict[str, Any]:
    """What the proof says, in names and counts."""
    now, tables = datetime.now(UTC), [_table(step) for step in story.tables]
    begun = datetime.fromtimestamp(story.begun.at, UTC) if story.begun else now
    return {
        "refresh": story.refresh,
        "run": story.run,
        "who": story.who,
        "begun": begun.isoformat(timespec="seconds"),
        "published": now.isoformat(timespec="seconds"),
        "version": version("privaci-dagster"),
        "source": {"database": describe(copy.ends.source), "server": copy.catalog.server_version},
        "target": {"database": describe(copy.live)},
        "fingerprints": {
            "policy": copy.policy.fingerprint(),
            "schema": shape_fingerprint(copy.catalog),
            "salt": copy.ends.keys.fingerprint(),
        },
        "totals": {
            "tables": len(tables),
            "rows": sum(table["rows"] for table in tables),
            "bytes": sum(table["bytes"] for table in tables),
            "seconds": round((now - begun).total_seconds(), 1),
            "masked_columns": sum(line.masks for line in story.plan),
        },
        "tables": tables,
        "checks": [
            {
                "name": check.name,
                "says": CHECKS[check.name],
                "passed": check.passed,
                "severity": check.severity,
                "found": dict(check.metadata),
            }
            for check in story.checks
        ],
        "columns": [asdict(line) for line in story.plan],
        "notes": list(story.notes),
    }


def _table(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "rows": int(step.metadata.get("dagster/row_count", 0)),
        "bytes": int(step.metadata.get("bytes", 0)),
        "seconds": float(step.metadata.get("seconds", 0)),
        "kept": bool(step.metadata.get(KEPT, False)),
    }


def _bars(tables: Iterable[Mapping[str, Any]], most: int = 12) -> str:
    """The slowest tables as bars of text, which Dagster's pages show in their own fixed width."""
    slowest = sorted(tables, key=lambda table: -table["seconds"])[:most]
    longest = max((table["seconds"] for table in slowest), default=0) or 1
    width = max((len(table["name"]) for table in slowest), default=0)
    lines = []
    for table in slowest:
        bar = "█" * max(1, round(BAR * table["seconds"] / longest))
        lines.append(
            f"{table['name']:<{width}} {bar:<{BAR}} {table['seconds']:.2f} s, {table['rows']:,} rows"
        )
    return "\n".join(["```", *lines, "```"])
