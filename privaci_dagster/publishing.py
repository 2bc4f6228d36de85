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
    trail = trail_of(history) if copy.policy.audit_log else ()
    with files_published(copy) as files:
        states = publish_target(copy, opened.connections, trail)
        counters = {table_name(schema, name): counter for (schema, name), counter in states.items()}
        content = {**content_of(copy, history, ledgers_in(copy.live)), **state_of(copy)}
        document = document_of(content, refresh.signing_key)
        proofs = proofs_in(context.instance.root_directory, refresh.environ)
        written = write_proof(proofs / names.of(copy.mark.refresh), document, trail)
    return {**written, **({FILES: files} if files else {})}, counters
