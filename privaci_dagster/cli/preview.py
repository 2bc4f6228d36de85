"""The subcommand that shows masked rows, what another policy would change, and findings."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.privileges import refuse_unreadable
from privaci_core.errors import PreflightError
from privaci_core.loading.hidden_names import HiddenNames
from privaci_core.plan.show import differences
from privaci_core.plan.show import lines_of as plan_lines
from privaci_core.plan.uncovered import uncovered
from privaci_core.policy import FindingsError, load_policy
from privaci_core.postgres.session import source_session
from privaci_core.refresh.open import plan_of
from privaci_core.stream.preview import preview_tables
from privaci_dagster.cli.destination import refuse_unknown_place, write_document
from privaci_dagster.cli.options import Config, Source, WeakSalt, environ_with
from privaci_dagster.cli.output import Form, FormOption, counted, print_result
from privaci_dagster.cli.preview_page import lines_of, page_of
from privaci_dagster.cli.sarif import sarif_of
from privaci_dagster.project import POLICY_FILE, Project

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.plan.plan import Plan
    from privaci_core.policy import Finding, Policy
    from privaci_core.postgres.session import Connection
    from privaci_core.stream.preview import TablePreview
    from privaci_dagster.cli.sarif import Kind

SAMPLE = 5
DOCS = "docs/how-to/preview.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which documents are asked for, each by where it is to be written; empty is not."""

    html: str
    sarif: str
    policy_diff: str

    @property
    def writes_diff(self) -> bool:
        """Whether the findings are to be written, as PrivaCI does; else a policy is named."""
        return self.policy_diff.endswith(".json")

    def refuse_unknown_places(self) -> None:
        """Refuse a URL that cannot be written to, before anything is read."""
        for where in (self.html, self.sarif, self.policy_diff if self.writes_diff else ""):
            refuse_unknown_place(where)

    def written(self, findings: int) -> Iterator[str]:
        """Where each document is, for people."""
        if self.html:
            yield f"{self.html}: the masked rows as a page"
        for where in (self.sarif, self.policy_diff if self.writes_diff else ""):
            if where:
                yield f"{where}: {counted(findings, 'finding')}"


def preview(
    config: Config = POLICY_FILE,
    source: Source = "",
    _target: Annotated[
        str, typer.Option("--target", help="Not read: a preview needs the source alone.")
    ] = "",
    sample: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=50,
            help=f"How many rows of each table are masked and shown; else {SAMPLE},"
            " or none where only documents are asked for.",
        ),
    ] = None,
    html: Annotated[str, typer.Option(metavar="<path or URL>", help="Write them as a page.")] = "",
    policy_diff: Annotated[
        str,
        typer.Option(
            metavar="<policy or .json>",
            help="Show what differs under another policy; into a .json, write what is not covered.",
        ),
    ] = "",
    sarif: Annotated[
        str, typer.Option(metavar="<path or URL>", help="Write the findings as SARIF 2.1.0.")
    ] = "",
    show_originals: Annotated[
        bool, typer.Option("--show-originals", help="Show originals too, on a terminal alone.")
    ] = False,
    weak_salt: WeakSalt = False,
    form: FormOption = "text",
) -> None:
    """Show masked rows side by side, and what of the source the policy does not cover.

    Writes to no database.
    """
    if show_originals:
        _refuse_originals(form)
    asked = Asked(html=html, sarif=sarif, policy_diff=policy_diff)
    asked.refuse_unknown_places()
    most = sample if sample is not None else 0 if (sarif or policy_diff) and not html else SAMPLE
    environ = environ_with(source=source, weak_salt=weak_salt)
    found, changes, findings = _look(Project(policy_path=config, environ=environ), asked, most)
    if html:
        write_document(html, page_of(found).encode())
    says_rows = most or not (sarif or policy_diff)
    shown = list(lines_of(found, originals=show_originals)) if says_rows else []
    lines = [*shown, *changes, *asked.written(findings)]
    print_result(form, {"tables": _values(found), "differences": changes}, lines)


def _refuse_originals(form: Form) -> None:
    """Refuse to print originals where they could be kept: only a terminal forgets them."""
    if form == "text" and sys.stdout.isatty():
        return
    why = "the output is no terminal, and would keep them"
    raise PreflightError(
        "Showing originals", why, "Leave --show-originals out, or run it by hand.", DOCS
    )


def _look(
    project: Project, asked: Asked, most: int
) -> tuple[Sequence[TablePreview], list[str], int]:
    """Some masked rows of each table, what differs under another policy, how many findings."""
    with _findings_written(project.policy_path, asked.sarif):
        policy = project.policy()
    other = (
        load_policy(Path(asked.policy_diff))
        if asked.policy_diff and not asked.writes_diff
        else None
    )
    # A missing salt ends it before anything connects; findings alone need none.
    keys = project.keys(policy) if most else None
    with project.source() as dsn, source_session(dsn) as source:
        catalog = read_catalog(source)
        plan, findings = _planned(source, catalog, policy, project.policy_path, asked)
        changes = _changes(source, catalog, other, plan) if other else []
        if keys is None:
            return (), changes, findings
        refuse_unreadable(source, [(table.schema, table.relation) for table in plan.tables])
        names = HiddenNames(source, plan.tables)
        knowing = replace(plan, tables=tuple(map(names.given_to, plan.tables)))
        return preview_tables(source, catalog, knowing, keys, most), changes, findings


def _planned(
    source: Connection, catalog: Catalog, policy: Policy, path: Path, asked: Asked
) -> tuple[Plan, int]:
    """The plan, and how much it does not cover: that is written also where it is refused for it."""
    with _findings_written(path, asked.sarif), _diff_written(policy, asked):
        plan = plan_of(source, catalog, policy)
    found: list[tuple[Kind, Finding]] = [*uncovered(plan, catalog, policy)]
    if asked.sarif:
        write_document(asked.sarif, sarif_of(path, found))
    if asked.writes_diff:
        write_document(asked.policy_diff, _diff(policy, [each for _, each in found]))
    return plan, len(found)


def _changes(source: Connection, catalog: Catalog, other: Policy, plan: Plan) -> list[str]:
    """What is masked differently than under the other policy."""
    before = plan_lines(plan_of(source, catalog, other), catalog)
    return list(differences(before, plan_lines(plan, catalog))) or ["nothing changed"]


@contextmanager
def _findings_written(policy: Path, where: str) -> Iterator[None]:
    """Write the mistakes that end the command as SARIF too."""
    try:
        yield
    except FindingsError as refused:
        if where:
            write_document(where, sarif_of(policy, [("policy", each) for each in refused.findings]))
        raise


@contextmanager
def _diff_written(policy: Policy, asked: Asked) -> Iterator[None]:
    """Write what a strict policy does not cover, before it refuses the plan."""
    try:
        yield
    except FindingsError as refused:
        if asked.writes_diff:
            write_document(asked.policy_diff, _diff(policy, refused.findings, refused=True))
        raise


def _diff(policy: Policy, findings: Sequence[Finding], *, refused: bool = False) -> bytes:
    """What PrivaCI's pipelines read: whether a strict policy passed, and what it does not cover."""
    value = {
        "strict_autodetect": policy.strict_autodetect,
        "strict_passed": not refused,
        "uncovered_strict": [asdict(finding) for finding in findings],
    }
    return json.dumps(value, indent=1, ensure_ascii=False).encode()


def _values(tables: Sequence[TablePreview]) -> list[dict[str, Any]]:
    """The tables for a program: what may be seen of the masked values."""
    return [
        {
            "table": table.table,
            "rows": table.rows,
            "copied": table.copied,
            "columns": [
                {
                    "name": column.name,
                    "type": column.type,
                    "action": column.action,
                    "reason": column.reason,
                    "values": [cell.shown for cell in column.cells],
                }
                for column in table.columns
            ],
        }
        for table in tables
    ]
