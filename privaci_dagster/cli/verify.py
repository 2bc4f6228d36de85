"""The subcommand that checks a finished target again; it writes nothing."""

from __future__ import annotations

import typer

from privaci_core.prove.checks import verdicts
from privaci_core.prove.evidence import Evidence
from privaci_core.refresh.open import finished
from privaci_dagster.cli.options import Config, ProbeRows, Source, Target, WeakSalt, environ_with
from privaci_dagster.cli.output import FormOption, print_result
from privaci_dagster.project import POLICY_FILE, Project

FAILED = 1


def verify(
    config: Config = POLICY_FILE,
    source: Source = "",
    target: Target = "",
    rows: ProbeRows = 100_000,
    weak_salt: WeakSalt = False,
    form: FormOption = "text",
) -> None:
    """Compare a finished target with the source: rows, masks, originals, keys.

    Exits with 1 if a check fails.
    """
    environ = environ_with(source=source, target=target, weak_salt=weak_salt)
    project = Project(policy_path=config, environ=environ)
    policy = project.policy()
    keys = project.keys(policy)
    with (
        project.source() as source_dsn,
        project.target() as target_dsn,
        finished(source_dsn, target_dsn, policy, keys) as opened,
    ):
        session = opened.connections.source
        evidence = Evidence(copy=opened.copy, source=session, rows_searched=rows, remasks=True)
        found = verdicts(evidence)
    lines = []
    for check, verdict in found.items():
        lines.append(f"{check:<16} {'holds' if verdict.holds else 'FAILED'}")
        lines += [f"  - {where}: {what}" for where, what in sorted(verdict.wrong.items())]
    value = [
        {"check": check, "holds": verdict.holds, "found": verdict.wrong}
        for check, verdict in found.items()
    ]
    print_result(form, value, lines)
    raise typer.Exit(0 if all(verdict.holds for verdict in found.values()) else FAILED)
