"""The subcommand that writes a first policy and the lock file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import lock_of, write_lock
from privaci_core.errors import PreflightError
from privaci_core.masks.text.named_entities import has_model
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.references import references_of
from privaci_core.plan.starter_policy import Surroundings, starter
from privaci_core.plan.starter_relations import proved_references
from privaci_core.plan.text_costs import PAYABLE_SECONDS, about, text_costs
from privaci_core.policy import FindingsError, load_policy, parse_policy, relation_name
from privaci_core.postgres.names import spelled
from privaci_core.postgres.session import source_session
from privaci_core.refresh.open import plan_of
from privaci_core.secrets import SALT_VARIABLE
from privaci_dagster.cli.destination import write_file
from privaci_dagster.cli.options import LockFile, Source, project_of
from privaci_dagster.cli.output import FormOption, counted, print_result
from privaci_dagster.project import LOCK_FILE, POLICY_FILE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.plan.plan import Plan


NO_RULES = parse_policy('version: "1.0"')


Written = Annotated[
    Path, typer.Option("--config", "--output", "-o", help="The policy file to write.")
]
Schemas = Annotated[
    list[str] | None,
    typer.Option(
        "--schema",
        metavar="<name>",
        help="Write rules for this schema's columns alone; again for more.",
        show_default=False,
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace a policy file that exists.")]


def init(
    config: Written = POLICY_FILE,
    lock: LockFile = LOCK_FILE,
    source: Source = "",
    schemas: Schemas = None,
    force: Force = False,
    form: FormOption = "text",
) -> None:
    """Write a first policy and the lock file, from what the source holds."""
    if config.exists() and not force:
        raise PreflightError(
            f"Writing {config}",
            "the file exists already",
            "Name another one with --config, or replace it with --force.",
        )
    project = project_of(source)
    with project.source() as dsn, source_session(dsn) as session:
        catalog = read_catalog(session)
        _refuse_empty(catalog)
        _refuse_unknown(schemas or (), catalog)
        plan = plan_of(session, catalog, NO_RULES)
        beside = Surroundings(
            reads_text=has_model(),
            costs=text_costs(session, catalog, plan),
            references=references_of(session, catalog, NO_RULES, plan),
        )
    if schemas:
        plan, beside = within_schemas(plan, catalog, beside, schemas)
    beside = within_bounds(plan, catalog, beside)
    write_file(config, starter(plan, catalog, beside).encode(), "docs/reference/policy.md")
    write_lock(lock_of(catalog), lock)
    # A mistake in the written policy is ours: find it now, not in the first run.
    load_policy(config)
    first = First(
        config=config,
        lock=lock,
        catalog=catalog,
        plan=plan,
        is_salted=bool(project.environ.get(SALT_VARIABLE)),
    )
    _print_first_steps(first, beside, form)


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


def _refuse_unknown(schemas: Iterable[str], catalog: Catalog) -> None:
    """A misspelled schema would leave its columns without rules, and say nothing."""
    known = {each.schema for each in catalog.roots}
    unknown = sorted(set(schemas) - known)
    if unknown:
        raise PreflightError(
            "Reading the schemas of --schema",
            f"the source has no table in {', '.join(map(spelled, unknown))}",
            f"Name some of these: {', '.join(map(spelled, sorted(known)))}.",
        )


def within_schemas(
    plan: Plan, catalog: Catalog, beside: Surroundings, schemas: Collection[str]
) -> tuple[Plan, Surroundings]:
    """Leave out the columns of other schemas, and the references that have an end there."""
    within = [each for each in catalog.row_tables if each.schema in schemas]
    oids, names = {each.oid for each in within}, {each.qualified for each in within}
    listed = {relation_name(each.schema, each.name) for each in within}
    references = tuple(
        each
        for each in beside.references
        if each.referencing[0] in oids and each.referenced[0] in oids
    )
    tables = tuple(each for each in plan.tables if catalog.root_name(each.name) in names)
    suspected = tuple(each for each in plan.suspected if each[0] in listed)
    plan = replace(plan, tables=tables, suspected=suspected)
    return plan, replace(beside, references=references)


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """What `init` wrote, and from what."""

    config: Path
    lock: Path
    catalog: Catalog
    plan: Plan
    # Whether the salt that the policy names is there already.
    is_salted: bool


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
        *_said_originals(plan),
        f"{first.lock}: {counted(tables, 'table')}",
        _next(first),
    ]
    value = {"tables": tables, "masked_columns": masked, "undecided_columns": undecided}
    value |= {"references": len(beside.references), "text_seconds": round(seconds)}
    print_result(form, value, lines)


def _next(first: First) -> str:
    """What to do with the files."""
    salt = "" if first.is_salted else f" set {SALT_VARIABLE} (`privaci gen-salt`),"
    named = "" if first.config == POLICY_FILE else f" --config {first.config}"
    return f"next: read the file,{salt} then `privaci plan{named}`"


def _said_originals(plan: Plan) -> list[str]:
    """What will stop the first refresh, if nothing is decided."""
    repeating = sum(found.kind == "originals" for _, _, found in plan.suspected)
    if not repeating:
        return []
    repeats, needs = ("repeats", "it is") if repeating == 1 else ("repeat", "each is")
    what = f"  {counted(repeating, 'column')} {repeats} values of masked ones"
    return [f"{what}: `privaci run` publishes nothing until {needs} masked or allowed"]


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
