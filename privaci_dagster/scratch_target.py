"""Gives a refresh its target: the project's, or a scratch one where files are written instead."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.policy import Policy
    from privaci_dagster.project import Project

DOCS = "docs/how-to/files.md"
MAJOR = 10_000
NAME_LETTERS = 12


@contextmanager
def target_of_refresh(project: Project, source: str) -> Iterator[str]:
    """The target's address; a scratch one is dropped once nothing in it can be resumed."""
    policy = project.policy()
    refuse_two_targets(project, policy)
    if not policy.writes_files_alone:
        with project.target() as dsn:
            yield dsn
        return
    # The driver, for runs that connect.
    from privaci_core.postgres.embedded import reachable  # noqa: PLC0415
    from privaci_core.target.scratch import drop_settled  # noqa: PLC0415

    with reachable(_scratch_url(project, source), project.environ) as dsn:
        try:
            yield dsn
        finally:
            drop_settled(dsn)


def refuse_two_targets(project: Project, policy: Policy) -> None:
    """Refuse a target that is named beside files which are written instead of one."""
    if policy.writes_files_alone and project.environ.get(project.target_variable):
        raise PreflightError(
            "Looking for the databases",
            "the policy writes files instead of a target (sink.instead_of_target), and"
            f" {project.target_variable} names one",
            f"Unset {project.target_variable}; or leave out instead_of_target: the files are then"
            " written beside that target.",
            DOCS,
        )


def refuse_tables_alone() -> None:
    """Refuse to refresh some tables: their rows are exchanged in a target that stays."""
    raise PreflightError(
        "Choosing the tables to refresh",
        "the policy writes files instead of a target (sink.instead_of_target): tables alone are"
        " exchanged in a published target, and there is none",
        "Refresh the whole: privaci run, or materialize all.",
        DOCS,
    )


def _scratch_url(project: Project, source: str) -> str:
    """A server of this machine that reads what the source's version dumps.

    Each policy has a server of its own, so that a resume finds what its run left.
    """
    from privaci_core.postgres.embedded import (  # noqa: PLC0415 - as above
        SCHEME,
        embedded_for,
        server_binaries,
    )
    from privaci_core.postgres.session import source_session  # noqa: PLC0415 - as above

    with source_session(source) as session:
        major = session.info.server_version // MAJOR
    server_binaries()
    query = embedded_for(major)
    if not query:
        raise PreflightError(
            "Making a scratch target for files",
            f"no embedded Postgres reads what version {major} dumps",
            "Leave out sink.instead_of_target, and name a target of that version or a later one.",
            DOCS,
        )
    named = f"{project.prefix}\x1f{project.policy_path.absolute()}"
    name = hashlib.sha256(named.encode()).hexdigest()[:NAME_LETTERS]
    return f"{SCHEME}files-{name}/scratch?{query}"
