"""The component that adds a masked database to a Dagster project through a `defs.yaml`."""

from __future__ import annotations

import os
from collections.abc import Sequence  # noqa: TC003 - pydantic reads annotations
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from privaci_dagster.project import Project

RULES = """# The rules of each column: see the policy reference. Columns without a rule that surely
# hold personal data are masked automatically. To write a better start from your own source:
#   privaci init --config {folder}/mask-rules.yaml
version: "1.0"
on_existing_data: swap
"""
# `dg list envs` shows which of them are set.
REQUIREMENTS = """
requirements:
  env:
    - {name}_SOURCE_URL
    - {name}_TARGET_URL
"""


class MaskedDatabaseScaffolder(dg.Scaffolder):
    """Writes the files of a new component."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write a `defs.yaml` and a first policy; the lock file comes from the source."""
        name = request.target_path.name
        dg.scaffold_component(
            request,
            {
                "policy": "mask-rules.yaml",
                "lock": "privaci.lock.json",
                "source_variable": f"{name.upper()}_SOURCE_URL",
                "target_variable": f"{name.upper()}_TARGET_URL",
                "prefix": name,
            },
        )
        if request.scaffold_format == "yaml":
            with (request.target_path / "defs.yaml").open("a", encoding="utf-8") as file:
                file.write(REQUIREMENTS.format(name=name.upper()))
        rules = RULES.format(folder=request.target_path)
        (request.target_path / "mask-rules.yaml").write_text(rules)


@dg.scaffold_with(MaskedDatabaseScaffolder)
class MaskedDatabase(dg.Component, dg.Model, dg.Resolvable):
    """One source, one target, one policy: assets, checks, job, schedule and sensors of a refresh.

    Paths are relative to the `defs.yaml`. It names environment variables, never their values.
    """

    policy: str = "mask-rules.yaml"
    lock: str = "privaci.lock.json"
    source_variable: str = "SOURCE_DB_URL"
    target_variable: str = "TARGET_DB_URL"
    webhook_variable: str = "PRIVACI_WEBHOOK_URL"
    smtp_variable: str = "PRIVACI_SMTP_URL"
    scratch_variable: str = "PRIVACI_SCRATCH_URL"
    # The options, as privaci_dagster/options.py lists them.
    prefix: str = ""
    owners: Sequence[str] = ()
    acl: bool = True
    publications: bool = True
    keep_unchanged: bool = False
    on_failed_proof: str = "keep"
    search: str = "full"
    notify_email: Sequence[str] = ()
    notify_success: bool = False
    automation: dict[str, str] | None = None
    slices_per_run: int | None = None
    steps_apart: bool = False
    scenarios: str = ""
    store: str = ""
    recipients: Sequence[str] = ()
    identity: str = ""
    encrypt: bool = True
    backup_cron: str = ""
    drill_cron: str = ""
    keep: dict[str, int] | None = None

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The definitions of the database; opens no connection."""
        # Dagster imports this module to list components: the rest is imported when one is used.
        from privaci_core.loading.copy import Options  # noqa: PLC0415
        from privaci_core.postgres.unexpected import explained  # noqa: PLC0415
        from privaci_dagster.build import build_definitions  # noqa: PLC0415
        from privaci_dagster.project import Project  # noqa: PLC0415

        folder = Path(context.path)
        project = Project(
            policy_path=folder / self.policy,
            lock_path=folder / self.lock,
            source_variable=self.source_variable,
            target_variable=self.target_variable,
            options=Options(acl=self.acl, publications=self.publications),
            prefix=self.prefix,
            owners=tuple(self.owners),
            keep_unchanged=self.keep_unchanged,
            on_failed_proof=self.on_failed_proof,
            search=self.search,
            webhook_variable=self.webhook_variable,
            smtp_variable=self.smtp_variable,
            notify_email=tuple(self.notify_email),
            notify_success=self.notify_success,
            automation=self.automation,
            slices_per_run=self.slices_per_run,
            steps_apart=self.steps_apart,
            scenarios=str(folder / self.scenarios) if self.scenarios else "",
            store=self.store,
            recipients=tuple(self.recipients),
            identity=self.identity,
            encrypt=self.encrypt,
            backup_cron=self.backup_cron,
            drill_cron=self.drill_cron,
            keep=self.keep,
            scratch_variable=self.scratch_variable,
            environ=os.environ,
        )
        try:
            _refuse_missing_lock(project, self.lock)
            return build_definitions(project)
        except Exception as error:  # noqa: BLE001 - the text of any other error may hold a value
            doing = f"Loading the masked database in {folder}"
            # Dagster prints the lines that led here; they say nothing about what is missing.
            raise explained(doing, error).with_traceback(None) from None


def _refuse_missing_lock(project: Project, lock: str) -> None:
    """Say how a new component gets its lock file: the graph is built from it."""
    from privaci_core.errors import PreflightError  # noqa: PLC0415 - as above

    if project.lock_path.exists():
        return
    variables = (project.source_variable, project.target_variable)
    unset = [name for name in variables if not project.environ.get(name)]
    why = f"there is no {lock} beside its defs.yaml: the graph is built from that file"
    first = f"Set {' and '.join(unset)} to the databases' URLs. " if unset else ""
    written = f'SOURCE_DB_URL="${project.source_variable}" privaci introspect'
    raise PreflightError(
        f"Loading the masked database in {project.lock_path.parent}",
        why,
        f"{first}Write it: {written} --lock {project.lock_path}",
        "docs/how-to/own-project.md",
    )
