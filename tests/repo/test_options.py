"""The registry of options: each place that offers options agrees with it, and offers no others."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import dagster as dg
import pytest
import typer

from privaci_core.loading.copy import Options
from privaci_core.policy import parse_policy
from privaci_core.secrets import ACCEPT, load_salt
from privaci_dagster.cli import app_for
from privaci_dagster.components import MaskedDatabase
from privaci_dagster.options import OPTIONS, option
from privaci_dagster.project import KEEP, TELL, Project
from privaci_dagster.project_variables import connections_of
from privaci_dagster.refresh import Refresh

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from privaci_dagster.option import Option, Place

pytestmark = pytest.mark.unit

# What a place has beside the options: names of files and variables, and how to print.
NAMES = {"source_variable", "target_variable"}
ADDRESSES = {"webhook_variable", "smtp_variable", "scratch_variable"}
PRINTED = {"--config", "--source", "--target", "--format", "--quiet/-q", "--log-level"}
BESIDE: Mapping[Place, set[str]] = {
    "core": set(),
    "project": {
        "policy_path",
        "lock_path",
        "lock_is_reviewed",
        "options",
        "environ",
        *NAMES,
        *ADDRESSES,
    },
    "resource": {"policy_path", "lock_path", *NAMES},
    "component": {"policy", "lock", *NAMES, *ADDRESSES},
    "run": {*PRINTED, "--dry-run", "--force-restart", "--lock", "--dagster-home", "--log-format"},
    "resume": {*PRINTED, "--lock", "--dagster-home", "--log-format"},
    "verify": {*PRINTED, "--target-only", "--public-key"},
    "subset": {*PRINTED, "--picture"} - {"--target"},
}
COMMANDS = ("run", "resume", "verify", "subset")
# A component's field comes from YAML, where a tuple is a list.
AS_YAML = {"tuple[str, ...]": "collections.abc.Sequence[str]"}


def spelled(kind: Any) -> str:
    """A type as a source file spells it."""
    return str(kind) if get_args(kind) or isinstance(kind, str) else str(kind.__name__)


def of_dataclass(kind: type) -> dict[str, tuple[str, object]]:
    """The type and default of each field of a dataclass."""
    return {each.name: (spelled(each.type), each.default) for each in fields(kind)}


def of_model(kind: Any) -> dict[str, tuple[str, object]]:
    """The type and default of each field of a pydantic model."""
    found = kind.model_fields.items()
    return {name: (spelled(each.annotation), each.default) for name, each in found}


PLACES: Mapping[Place, Callable[[], dict[str, tuple[str, object]]]] = {
    "core": lambda: of_dataclass(Options),
    "project": lambda: of_dataclass(Project),
    "resource": lambda: of_model(Refresh),
    "component": lambda: of_model(MaskedDatabase),
}


def options_of(place: Place) -> list[Option]:
    """The options that the registry lists for a place."""
    return [each for each in OPTIONS if place in each.places]


@pytest.mark.parametrize("place", PLACES)
def test_each_python_place_has_the_options_that_it_should(place: Place) -> None:
    """A field that the registry lacks, or one that a place lacks, fails here."""
    found = {name: what for name, what in PLACES[place]().items() if name not in BESIDE[place]}
    expected = {each.name: (spelled(each.type), each.default) for each in options_of(place)}
    if place == "component":
        expected = {name: (AS_YAML.get(k, k), d) for name, (k, d) in expected.items()}
    assert found == expected


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_the_flags_that_it_should(command: Place) -> None:
    """Flag, default and help are the registry's."""
    group: Any = typer.main.get_command(app_for([command]))
    found = {
        "/".join((*each.opts, *each.secondary_opts)): (each.default, each.help)
        for each in group.commands[command].params
        if each.name != "help"
    }
    expected = {
        "/".join(filter(None, (each.flag, each.alias))): (each.default, each.help)
        for each in options_of(command)
    }
    assert {flag: what for flag, what in found.items() if flag not in BESIDE[command]} == expected
    assert found.keys() >= BESIDE[command]


def test_baselines_have_the_flags_that_they_should() -> None:
    """Each flag is one of the registry's, and each of the registry's is in one of the commands."""
    found = {}
    commands = {
        "baseline": ("snapshot", "restore", "list", "drop"),
        "backup": ("run", "restore", "list", "drill"),
    }
    for name, command in ((name, each) for name, of in commands.items() for each in of):
        group: Any = typer.main.get_command(app_for([name, command]))
        params = group.commands[name].commands[command].params
        found |= {"/".join((*each.opts, *each.secondary_opts)): each.help for each in params}
    expected = {each.flag: each.help for each in options_of("baseline")}
    own = {*PRINTED, "--id", "--help", "--keep-daily", "--keep-weekly", "--scratch"}
    assert {flag: help_ for flag, help_ in found.items() if flag not in own} == expected


def test_each_option_of_a_project_reaches_its_resource() -> None:
    """A value that is not the default, of every option that both have."""
    options = Options(acl=False, publications=False)
    project = Project(
        options=options,
        prefix="shop",
        keep_unchanged=True,
        on_failed_proof="empty",
        search="sample",
        subset_start="public.person",
        audit_table=False,
    )
    resource = Refresh.of(project)
    for each in options_of("resource"):
        if {"core", "project"} & {*each.places}:
            given = getattr(options if "core" in each.places else project, each.name)
            assert given != each.default
            assert getattr(resource, each.name) == given


def test_a_run_that_configures_one_field_keeps_the_projects_others() -> None:
    """In the UI a run may say where a subset starts; the policy is still the project's."""
    seen: list[tuple[str, str]] = []

    @dg.asset
    def looks(refresh: Refresh) -> None:
        seen.append((refresh.policy_path, refresh.subset_start))

    resource = Refresh.of(Project(policy_path=Path("ours.yaml"), environ={}))
    config = {"resources": {"refresh": {"config": {"subset_start": "public.person: id = 1"}}}}
    assert dg.materialize([looks], resources={"refresh": resource}, run_config=config).success
    assert dg.materialize([looks], resources={"refresh": resource}).success
    assert seen == [("ours.yaml", "public.person: id = 1"), ("ours.yaml", "")]


def test_a_resource_has_its_projects_variables_and_shows_none() -> None:
    """They belong to its class: a config would be stored with each run."""
    secret = "postgresql://somewhere.example.test/db"
    first = Refresh.of(Project(environ={"SOURCE_DB_URL": secret}))
    second = Refresh.of(Project(environ={}))
    assert (first.environ, second.environ) == ({"SOURCE_DB_URL": secret}, {})
    assert Refresh.environ is os.environ
    assert secret not in repr(first) + str(first.model_dump())
    assert type(first).__qualname__ == Refresh.__qualname__


def test_each_variable_is_read() -> None:
    """The registry's variables set a project's options, from a mapping that is passed."""
    environ = {
        option("owners").variable: "team:data, a@example.test",
        option("keep_unchanged").variable: KEEP,
        option("connections").variable: "3",
        option("on_failed_proof").variable: "empty",
        option("slices_per_run").variable: "2",
        option("steps_apart").variable: "apart",
        option("weak_salt").variable: ACCEPT,
        option("notify_email").variable: "a@example.test b@example.test",
        option("notify_success").variable: TELL,
        option("scenarios").variable: "cases",
        option("store").variable: "memory:///kept",
        option("recipients").variable: "age1first, age1second",
        option("identity").variable: "env://KEY",
        option("encrypt").variable: "off",
        option("backup_cron").variable: "0 4 * * *",
        option("drill_cron").variable: "0 5 * * 0",
        option("keep").variable: "daily=3, weekly=2",
        # What only commands take: a flag's own variable.
        option("prometheus_push").variable: "http://push.example.test",
    }
    assert environ.keys() == {each.variable for each in OPTIONS if each.variable}
    project = Project.of_environment(environ)
    assert project.owners == ("team:data", "a@example.test")
    assert project.keep_unchanged
    assert project.notify_email == ("a@example.test", "b@example.test")
    assert project.notify_success
    assert project.on_failed_proof == "empty"
    assert project.slices_per_run == 2
    assert project.steps_apart
    assert project.scenarios_folder == Path("cases")
    assert (project.store, project.identity) == ("memory:///kept", "env://KEY")
    assert project.recipients == ("age1first", "age1second")
    assert not project.encrypt
    assert (project.backup_cron, project.drill_cron) == ("0 4 * * *", "0 5 * * 0")
    assert project.keep == {"daily": 3, "weekly": 2}
    assert connections_of(project.environ) == 3
    weak = {"ANONYMIZATION_SALT": "password" * 4, **environ}
    assert load_salt(parse_policy('version: "1.0"'), weak)


def test_the_cores_options_are_spelled_as_in_earlier_fingerprints() -> None:
    """Their `repr` goes into the fingerprint that a resume must match."""
    assert repr(Options(connections=4)) == "Options(acl=True, publications=True)"


def test_names_are_unique() -> None:
    """One option is one line of the registry."""
    names = [each.name for each in OPTIONS]
    assert len(names) == len({*names})
