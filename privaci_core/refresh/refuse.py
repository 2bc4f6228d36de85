"""Records a publication that checks refused, and empties the target if that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.postgres.session import target_session
from privaci_core.target.audit_trail import add_to_trail
from privaci_core.target.event_triggers import without_event_triggers
from privaci_core.target.make_room import remove_objects, remove_rows
from privaci_core.target.swap import drop_beside
from privaci_core.target.unfinished import record_emptied

if TYPE_CHECKING:
    from privaci_core.loading.connections import Connections
    from privaci_core.loading.copy import Copy
    from privaci_core.target.audit_trail import Entry


def record_refusal(copy: Copy, entry: Entry) -> None:
    """Add a refused attempt to the trail of the target that people use."""
    with target_session(copy.live, autocommit=True) as target, without_event_triggers(target):
        add_to_trail(target, [entry])


def empty_target(copy: Copy, connections: Connections) -> None:
    """Remove what was loaded; the target stays closed and unfinished, a swap's is dropped."""
    connections.sessions.close()
    if copy.is_beside:
        drop_beside(copy.live, copy.word)
        return
    with target_session(copy.ends.target, autocommit=True) as target:
        if copy.policy.on_existing_data == "truncate":
            # Indexes, keys and triggers stay: they may be the target's own.
            remove_rows(target)
        else:
            remove_objects(target)
        record_emptied(target)
