"""Publishes what was proved, and writes its audit trail and its proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from privaci_core.postgres.names import table_name
from privaci_core.prove.document import document_of
from privaci_core.prove.ledgers import ledgers_in
from privaci_core.refresh.files import files_published
from privaci_core.refresh.steps import publish_target
from privaci_dagster.labels import FILES
from privaci_dagster.project import proofs_in
from privaci_dagster.proof_store import put_proof, store_of_proofs
from privaci_dagster.proofs import content_of, state_of, write_proof
from privaci_dagster.trail import trail_of

if TYPE_CHECKING:
    import dagster as dg

    from privaci_dagster.asset_keys import Names
    from privaci_dagster.history import History
    from privaci_dagster.refresh import Refresh


def published_with_proof(
    context: dg.AssetExecutionContext, refresh: Refresh, history: History, names: Names
) -> tuple[dict[str, Any], dict[str, str]]:
    """Publish the run's copy; returns what Dagster shows of its proof, and the target's counters.

    The proof is of the whole target: it has the ledgers of tables that earlier refreshes loaded.
    """
    opened = refresh.open_copy()
    copy = opened.copy
    is_kept = copy.policy.audit_log and refresh.audit_table
    trail = trail_of(history) if is_kept else ()
    folder = proofs_in(context.instance.root_directory, refresh.environ)
    folder /= names.of(copy.mark.refresh)
    with files_published(copy) as files:
        states = publish_target(copy, opened.connections, trail)
        counters = {table_name(schema, name): counter for (schema, name), counter in states.items()}
        told = content_of(copy, history, ledgers_in(copy.live), refresh.changes)
        document = document_of({**told, **state_of(copy)}, refresh.signing_key)
        shown = write_proof(folder, document, trail)
    store = store_of_proofs(refresh.environ)
    if store is not None:
        put_proof(store, folder)
        shown["proof in the store"] = f"{store.url.rstrip('/')}/{folder.name}"
    return {**shown, **({FILES: files} if files else {})}, counters
