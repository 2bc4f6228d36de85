"""The subcommand that shows a subset before anything is copied; it writes to no database."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations when the program runs
from typing import TYPE_CHECKING, Annotated

import typer

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.privileges import refuse_unreadable
from privaci_core.choose.choose import choose_rows
from privaci_core.choose.picture import picture_of
from privaci_core.choose.show import Form, show, total_of
from privaci_core.choose.summary import summarize
from privaci_core.errors import PolicyError
from privaci_core.postgres.session import source_session
from privaci_core.refresh.open import plan_of
from privaci_dagster.cli.destination import write_file
from privaci_dagster.cli.options import Config, Source, SubsetStart, WeakSalt, environ_with
from privaci_dagster.project import POLICY_FILE, Project

if TYPE_CHECKING:
    from privaci_core.choose.summary import Summary


def subset(
    config: Config = POLICY_FILE,
    source: Source = "",
    subset_start: SubsetStart = "",
    picture: Annotated[
        Path | None, typer.Option(help="Write the graph of tables as a picture (SVG).")
    ] = None,
    weak_salt: WeakSalt = False,
    form: Annotated[Form, typer.Option("--format", help="The output's format.")] = "table",
) -> None:
    """Show which rows of the source would be copied, what brings them, and what would not.

    Chooses the rows as a refresh does, and copies none.
    """
    environ = environ_with(source=source, weak_salt=weak_salt)
    project = Project(policy_path=config, subset_start=subset_start, environ=environ)
    found = _chosen(project)
    if picture is not None:
        drawn = picture_of(found.tables, found.ways, total_of(found))
        write_file(picture, drawn.encode(), "docs/how-to/subsets.md")
    typer.echo(show(found, form))


def _chosen(project: Project) -> Summary:
    """The policy's subset of the source as it is now."""
    policy = project.policy()
    if policy.subset is None:
        raise PolicyError(
            "Showing the subset",
            "the policy has no subset: every row is copied",
            "Write `subset` into the policy, or give --subset-start.",
            "docs/how-to/subsets.md",
        )
    keys = project.keys(policy)
    with project.source() as dsn, source_session(dsn) as session:
        catalog = read_catalog(session)
        plan = plan_of(session, catalog, policy)
        refuse_unreadable(session, [(table.schema, table.relation) for table in plan.tables])
        return summarize(session, catalog, plan, choose_rows(session, catalog, plan, keys))
