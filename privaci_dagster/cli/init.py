"""The subcommand that writes a first policy and the lock file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path  # noqa: TC003 - typer reads annotations when the program runs
from typing import TYPE_CHECKING

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import lock_of, write_lock
from privaci_core.errors import PreflightError
from privaci_core.masks.text.named_entities import has_model
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.references import references_of
from privaci_core.plan.starter_policy import Surroundings, starter
from privaci_core.plan.starter_relations import proved_references
from privaci_core.plan.text_costs import PAYABLE_SECONDS, about, text_costs
from privaci_core.policy import FindingsError, load_policy, parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.refresh.open import plan_of
from privaci_dagster.cli.options import Config, LockFile, Source, project_of
from privaci_dagster.cli.output import FormOption, counted, print_result
from privaci_dagster.project import LOCK_FILE, POLICY_FILE

if TYPE_CHECKING:
    from privaci_core.catalog.catalog import Catalog
    from privaci_core.plan.plan import Plan


NO_RULES = parse_policy('version: "1.0"')


def init(
    config: Config = POLICY_FILE,
    lock: LockFile = LOCK_FILE,
    source: Source = "",
    form: FormOption = "text",
) -> None:
    """Write a first policy and the lock file, from what the source holds."""
    if config.exists():
        raise PreflightError(
            f"Writing {config}",
            "the file exists already",
            "Remove it to begin again, or name another one with --config.",
        )
    with project_of(source).source() as dsn, source_session(dsn) as session:
        catalog = read_catalog(session)
        _refuse_empty(catalog)
        plan = plan_of(session, catalog, NO_RULES)
        beside = Surroundings(
            reads_text=has_model(),
            costs=text_costs(session, catalog, plan),
            references=references_of(session, catalog, NO_RULES, plan),
        )
    beside = within_bounds(plan, catalog, beside)
    config.write_text(starter(plan, catalog, beside), encoding="utf-8")
    write_lock(lock_of(catalog), lock)
    # A mistake in the written policy is ours: find it now, not in the first run.
    load_policy(config)
    _print_first_steps(First(config=config, lock=lock, catalog=catalog, plan=plan), beside, form)


def _refuse_empty(catalog: Catalog) -> None:
    """A policy of no table is in the way when the tables are there."""
    if not catalog.roots:
        raise PreflightError(
            "Reading the source's tables",
            "it has none",
            "Correct the database's name, the part after the last / of the URL. A new embedded"
            " server is empty: `privaci psql source -- -f FILE` loads a dump.",
            "docs/tutorial/first-copy.md",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """What `init` wrote, and from what."""

    config: Path
    lock: Path
    catalog: Catalog
    plan: Plan


def within_bounds(plan: Plan, catalog: Catalog, beside: Surroundings) -> Surroundings:
    """Decline the relations that ask too much of a mask, whose two ends it must fit."""
    proved = proved_references(plan, catalog, beside.references)
    if not proved or _fits(plan, catalog, beside):
        return beside
    declined = {
        each
        for each in proved
        if not _fits(plan, catalog, replace(beside, declined=proved - {each}))
    }
    some = replace(beside, declined=frozenset(declined))
    return some if _fits(plan, catalog, some) else replace(beside, declined=proved)


def _fits(plan: Plan, catalog: Catalog, beside: Surroundings) -> bool:
    """Whether the source can be planned by the policy that would be written."""
    try:
        plan_copy(catalog, parse_policy(starter(plan, catalog, beside)))
    except FindingsError:
        return False
    return True


def _print_first_steps(first: First, beside: Surroundings, form: FormOption) -> None:
    """Print what `init` wrote, and what to do next."""
    plan, catalog = first.plan, first.catalog
    seconds = sum(cost for cost in beside.costs.values() if cost <= PAYABLE_SECONDS)
    tables, masked = len(catalog.roots), plan.masked_columns
    undecided = sum(suspicion.confidence != "low" for _, _, suspicion in plan.suspected)
    lines = [
        f"{first.config}: {counted(masked, 'column')} masked, {undecided} for you to decide",
        *_said_costs(beside, seconds),
        f"{first.lock}: {counted(tables, 'table')}",
        "next: read the file, set ANONYMIZATION_SALT (`privaci gen-salt`), then `privaci plan`",
    ]
    value = {"tables": tables, "masked_columns": masked, "undecided_columns": undecided}
    value |= {"references": len(beside.references), "text_seconds": round(seconds)}
    print_result(form, value, lines)


def _said_costs(beside: Surroundings, seconds: float) -> list[str]:
    """How long free text takes, and which references a person may want to declare."""
    lines = []
    if beside.costs and beside.reads_text:
        count = len(beside.costs)
        dear = sum(cost > PAYABLE_SECONDS for cost in beside.costs.values())
        emptied = f"; {dear} more would take longer: emptied" if dear else ""
        read = f"{counted(count - dear, 'column')} by ner_mask"
        lines.append(f"  free text: {read}, {about(seconds)}{emptied}")
    if beside.references:
        found = counted(len(beside.references), "reference")
        lines.append(f"  {found} without a foreign key: `relations`")
    return lines
