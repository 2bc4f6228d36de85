"""The component that brings a masked database into somebody's Dagster project by a `defs.yaml`."""

from __future__ import annotations

import os
from collections.abc import Sequence  # noqa: TC003 - pydantic reads annotations
from pathlib import Path

import dagster as dg

RULES = """# What happens to which column: see the policy reference. Columns that nobody
# lists and that are surely personal are masked by themselves. A better start, from
# your own source:  privaci init --config {folder}/mask-rules.yaml
version: "1.0"
on_existing_data: drop_create
"""


class MaskedDatabaseScaffolder(dg.Scaffolder):
    """Writes what a new component needs."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """A `defs.yaml`, and a policy to start from beside it; the lock file is the source's to say."""
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
        (request.target_path / "mask-rules.yaml").write_text(
            RULES.format(folder=request.target_path)
        )


@dg.scaffold_with(MaskedDatabaseScaffolder)
class MaskedDatabase(dg.Component, dg.Model, dg.Resolvable):
    """One source, one target, one policy: assets, checks, job, schedule and sensors of a refresh.

    Paths are beside the `defs.yaml`. It names environment variables, never what is in them.
    """

    policy: str = "mask-rules.yaml"
    lock: str = "privaci.lock.json"
    source_variable: str = "SOURCE_DB_URL"
    target_variable: str = "TARGET_DB_URL"
    # Two databases in one code location need a prefix each.
    prefix: str = ""
    owners: Sequence[str] = ()
    acl: bool = True
    publications: bool = True
    keep_unchanged: bool = False

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The definitions of the database; no connection is opened."""
        # Whoever lists components imports this module: the rest comes when one is used.
        from privaci_core.loading.copy import Options  # noqa: PLC0415
        from privaci_dagster.build import build_definitions  # noqa: PLC0415
        from privaci_dagster.project import Project  # noqa: PLC0415

        folder = Path(context.path)
        return build_definitions(
            Project(
                policy_path=folder / self.policy,
                lock_path=folder / self.lock,
                source_variable=self.source_variable,
                target_variable=self.target_variable,
                options=Options(acl=self.acl, publications=self.publications),
                prefix=self.prefix,
                owners=tuple(self.owners),
                keep_unchanged=self.keep_unchanged,
                environ=os.environ,
            )
        )
