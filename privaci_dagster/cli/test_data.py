"""The subcommands of test data: scenarios, requests, resets, and the trail of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from privaci_core.errors import PreflightError
from privaci_core.testdata.scenarios import Scenarios
from privaci_dagster.cli.options import Config, ScenariosFolder, Target, environ_with
from privaci_dagster.cli.output import Form, FormOption, counted, print_result
from privaci_dagster.project import POLICY_FILE, Project
from privaci_dagster.run_client import URL_VARIABLE, opened_client
from privaci_dagster.run_fixtures import playwright_fixture, pytest_module
from privaci_dagster.run_shapes import scenario_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Run = Annotated[str, typer.Argument(help="The name of the run, its test_run_id.")]
AsJson = Annotated[bool, typer.Option("--json", help="The same as --format json.")]
Planner = Annotated[
    Literal["rule", "llm"], typer.Option(help="Who plans: the scenario alone, or a model.")
]
DOCS = "docs/how-to/test-data.md"


def scenarios(
    config: Config = POLICY_FILE,
    scenarios: ScenariosFolder = "",
    target: Target = "",
    as_json: AsJson = False,
    form: FormOption = "text",
) -> None:
    """List the scenarios that a request can name; reads their files alone."""
    project = _project(config, scenarios, target)
    found = _listed(project)
    lines = [f"{each['scenario_id']:<32} {each['description']}".rstrip() for each in found] or [
        f"{project.scenarios_folder}: no scenario"
    ]
    print_result(_form(form, as_json=as_json), found, lines)


def request(
    scenario: Annotated[str, typer.Argument(help="The scenario's scenario_id.")],
    constraint: Annotated[
        list[str],
        typer.Option("--constraint", "-c", help="A constraint, key=value; may be given again."),
    ] = [],  # noqa: B006 - typer reads it and never changes it
    seed: Annotated[str, typer.Option(help="The same seed gives the same values.")] = "",
    ttl: Annotated[str, typer.Option(help="How long the rows stay without a reset: 24h.")] = "",
    planner: Planner = "rule",
    playwright: Annotated[
        bool, typer.Option("--playwright", help="Print a fixture for Playwright, as JSON.")
    ] = False,
    pytest: Annotated[
        bool, typer.Option("--pytest", help="Print a module for pytest with the fixture.")
    ] = False,
    config: Config = POLICY_FILE,
    scenarios: ScenariosFolder = "",
    target: Target = "",
    as_json: AsJson = False,
    form: FormOption = "text",
) -> None:
    """Make the rows of a scenario in the published target, and print what resets them."""
    more = {"seed": seed or None, "ttl": ttl or None, "planner": planner}
    constraints = dict(map(_constraint, constraint))
    with opened_client(_project(config, scenarios, target)) as client:
        answer = client.request(scenario, constraints, **more)
    given = (scenario, answer["test_run_id"], answer["data"], answer["cleanup"]["cleanup_token"])
    if playwright:
        typer.echo(json.dumps(playwright_fixture(*given), indent=1, ensure_ascii=False))
    elif pytest:
        typer.echo(pytest_module(*given), nl=False)
    else:
        print_result(_form(form, as_json=as_json), answer, _told(answer))


def reset(
    run: Run,
    token: Annotated[
        str,
        typer.Option(
            envvar="PRIVACI_CLEANUP_TOKEN", show_envvar=True, help="The run's cleanup token."
        ),
    ] = "",
    config: Config = POLICY_FILE,
    target: Target = "",
    as_json: AsJson = False,
    form: FormOption = "text",
) -> None:
    """Take the rows of a run out of the target, and what was hung on them since."""
    with opened_client(_project(config, "", target)) as client:
        done = client.reset(run, token)
    print_result(_form(form, as_json=as_json), done, _reset_lines(done))


def reset_all(
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Really end every run of every test.")
    ] = False,
    expired: Annotated[
        bool, typer.Option("--expired", help="Only runs whose time is over.")
    ] = False,
    config: Config = POLICY_FILE,
    target: Target = "",
    as_json: AsJson = False,
    form: FormOption = "text",
) -> None:
    """Take the rows of all open runs out of the target, or of those whose time is over."""
    project = _project(config, "", target)
    if expired and project.environ.get(URL_VARIABLE):
        why = f"{URL_VARIABLE} is set, and a service ends such runs by itself"
        raise PreflightError("Resetting expired runs", why, "Unset it to reach the target.", DOCS)
    with opened_client(project) as client:
        done = client.reset_expired() if expired else client.reset_all(confirm=confirm)  # type: ignore[attr-defined]
    lines = [line for run in done["runs"] for line in _reset_lines(run)]
    print_result(_form(form, as_json=as_json), done, lines or ["no open run"])


def runs(
    scenario: Annotated[str, typer.Option(help="Only runs of this scenario.")] = "",
    config: Config = POLICY_FILE,
    target: Target = "",
    as_json: AsJson = False,
    form: FormOption = "text",
) -> None:
    """List the runs that the target knows, oldest first."""
    with opened_client(_project(config, "", target)) as client:
        found = client.runs(scenario or None)
    lines = [
        f"{each['test_run_id']}  {each['status']:<8}  {each['scenario_id']:<32}"
        f" {each['invoker']}".rstrip()
        for each in found
    ]
    print_result(_form(form, as_json=as_json), found, lines or ["no run"])


def audit(
    run: Run,
    config: Config = POLICY_FILE,
    target: Target = "",
    as_json: AsJson = False,
    form: FormOption = "text",
) -> None:
    """Tell every step of a run: who asked, what was done, and what came of it."""
    with opened_client(_project(config, "", target)) as client:
        found = client.audit(run)
    lines = [
        f"{event['timestamp']}  {event['action']:<18} {event['status']:<8} {event['invoker']}"
        for event in found["events"]
    ]
    print_result(_form(form, as_json=as_json), found, lines)


def _project(config: Path, scenarios: str, target: str) -> Project:
    environ = environ_with(source="", target=target)
    return Project(policy_path=config, scenarios=scenarios, environ=environ)


def _listed(project: Project) -> list[dict[str, Any]]:
    """The scenarios of a service, else of the folder: no target is needed for that."""
    if project.environ.get(URL_VARIABLE):
        with opened_client(project) as client:
            return client.scenarios()
    return [scenario_json(each) for each in Scenarios(project.scenarios_folder)]


def _form(form: Form, *, as_json: bool) -> Form:
    return "json" if as_json else form


def _constraint(text: str) -> tuple[str, Any]:
    """A constraint as it is typed: numbers, booleans, null and lists are what JSON says."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        why = "it is not of the form key=value"
        raise PreflightError("Reading a constraint", why, "Write -c claim_status=denied.", DOCS)
    try:
        read = json.loads(value)
    except ValueError:
        return name, value
    # A fraction keeps the digits that were typed.
    return name, value if isinstance(read, float | str) else read


def _told(answer: Mapping[str, Any]) -> Iterator[str]:
    """What a request made, in lines."""
    yield f"run:     {answer['test_run_id']}"
    yield f"token:   {answer['cleanup']['cleanup_token']}"
    if answer.get("database"):
        yield f"where:   {answer['database']}"
    for role, value in answer["data"].items():
        if f"{role}_id" in answer["data"]:
            keys = answer["data"][f"{role}_id"]
            yield f"{role + ':':<8} {', '.join(keys) if isinstance(value, list) else keys}"
    run = answer["test_run_id"]
    yield f"Reset it: privaci reset {run} --token {answer['cleanup']['cleanup_token']}"


def _reset_lines(done: Mapping[str, Any]) -> Iterator[str]:
    """What a reset did, in lines."""
    along = dict(done["took_along"])
    gone = counted(done["cleared_record_count"], "row")
    yield f"{done['test_run_id']}: {done['status']}, {gone} removed"
    for table, count in done["removed"].items():
        others = f", {along[table]} of them hung on the run's own" if table in along else ""
        yield f"  {table}: {count}{others}"
