"""The resource that lives for one run: it holds the source's snapshot, so that every step reads the same moment."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import PrivateAttr

from privaci_core.copy_database import Copy, Options, opened
from privaci_core.embedded import reachable
from privaci_dagster.project import SOURCE_VARIABLE, TARGET_VARIABLE, Project

if TYPE_CHECKING:
    from typing import Self


class Refresh(dg.ConfigurableResource["Refresh"]):
    """Opens a copy when the first step asks for it; names of files and variables only, never a secret."""

    policy_path: str = "mask-rules.yaml"
    lock_path: str = "privaci.lock.json"
    source_variable: str = SOURCE_VARIABLE
    target_variable: str = TARGET_VARIABLE
    acl: bool = True
    publications: bool = True

    _held: ExitStack = PrivateAttr(default_factory=ExitStack)
    _copy: Copy | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, project: Project) -> Self:
        """The resource of a project."""
        return cls(
            policy_path=str(project.policy_path),
            lock_path=str(project.lock_path),
            source_variable=project.source_variable,
            target_variable=project.target_variable,
            acl=project.options.acl,
            publications=project.options.publications,
        )

    def copy_under_way(self) -> Copy:
        """The run's copy: the snapshot is taken by whoever asks first."""
        if self._copy is None:
            project = Project(
                policy_path=Path(self.policy_path),
                source_variable=self.source_variable,
                target_variable=self.target_variable,
            )
            policy = project.policy()
            source = self._held.enter_context(reachable(project.source_dsn))
            target = self._held.enter_context(reachable(project.target_dsn))
            options = Options(acl=self.acl, publications=self.publications)
            self._copy = self._held.enter_context(opened(source, target, policy, project.keys(policy), options))
        return self._copy

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Let the snapshot go with the run."""
        del context
        self._copy = None
        self._held.close()
