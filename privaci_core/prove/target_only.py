"""Proves a target against its proof, with neither the source nor the salt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from privaci_core.catalog.catalog import read_catalog
from privaci_core.errors import PreflightError
from privaci_core.postgres.dsn import describe
from privaci_core.postgres.session import target_session
from privaci_core.prove.definitions import object_differences
from privaci_core.prove.ledgers import wanted
from privaci_core.prove.read_back import read_back
from privaci_core.prove.rows import verdict_of_rows
from privaci_core.prove.verdict import Verdict
from privaci_core.stream.ledger import Ledger
from privaci_core.target.ledger_store import stored_ledgers
from privaci_core.target.trail_digest import trail_differences
from privaci_core.target.unfinished import refuse_unfinished

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.postgres.session import Connection


def verify_target(dsn: str, content: Mapping[str, Any]) -> dict[str, Verdict]:
    """The verdicts on a target, by the name of the check; `content` is its proof's."""
    doing = f"Verifying {describe(dsn)} against its proof"
    tables = {table["name"]: table for table in content["tables"] if "ledger" in table}
    if len(tables) < len(content["tables"]):
        why = "the proof holds no ledgers: an earlier version wrote it"
        raise PreflightError(doing, why, "Refresh the target once: privaci run.")
    with target_session(dsn, autocommit=True) as target:
        refuse_unfinished(target, doing)
        keys, catalog = stored_ledgers(target).keys, read_catalog(target)
        _refuse_other_refreshes(doing, content, keys)
        others = {
            "objects_are_proved": _objects(target, content, keys),
            "trail_is_proved": Verdict(differences=trail_differences(target, content)),
        }
    expected = {name: Ledger.of_json(table["ledger"]) for name, table in tables.items()}
    wants = {
        name: wanted(ledger, keys[tables[name]["refresh"]]) for name, ledger in expected.items()
    }
    rows = verdict_of_rows(expected, read_back(dsn, catalog, wants), [])
    return {"rows_are_proved": rows, **others}


def _objects(target: Connection, content: Mapping[str, Any], keys: Mapping[str, bytes]) -> Verdict:
    """Whether every object of the target is defined as it was proved."""
    proved, key = content["objects"], keys[content["refresh"]]
    return Verdict(
        differences=object_differences(proved, target, key), details={"objects": len(proved)}
    )


def _refuse_other_refreshes(
    doing: str, content: Mapping[str, Any], keys: Mapping[str, bytes]
) -> None:
    """Refuse a target whose rows are of other refreshes than the proof's."""
    refreshes = {content["refresh"], *(table["refresh"] for table in content["tables"])}
    if refreshes <= keys.keys():
        return
    others = ", ".join(sorted(keys)) or "no refresh of this version"
    raise PreflightError(
        doing,
        f"the proof is of refresh {content['refresh']}, and the target holds rows of: {others}",
        "Use the proof of the target's last refresh.",
    )
