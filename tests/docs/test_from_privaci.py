"""The page for PrivaCI's users names each of its commands, and what it names is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from privaci_dagster.cli import COMMANDS, app_for

pytestmark = pytest.mark.unit

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "from-privaci.md"
ROW = re.compile(r"^\| `privaci(?P<there>[^`]*)` \| (?P<here>.+) \|$", re.MULTILINE)
CALLED = re.compile(r"`privaci ([^`]+)`")
OPTION = re.compile(r"(?<!\S)--?[a-z][a-z-]*")
# What a run takes there, with and without its name.
RUN = {"--config", "--source", "--target", "--dry-run", "--no-audit-table", "--prometheus-port"}
RUN |= {"--force-restart"}
# The commands of PrivaCI 1.3.0 and their options, as its `--help` lists them, but for two:
# `--contract-version` and `preview --commercial-extensions` are about its own extensions.
THERE = {
    "": {"--log-level", *RUN},
    "run": RUN,
    "init": {"--source", "--output", "-o", "--schema", "--force"},
    "plan": {"--config", "--source", "--format"},
    "catalog import-db-comments": {"--source", "--output", "-o"},
    "dry-run": {"--config", "--source", "--target", "--report"},
    "resume": {"--config", "--source", "--target", "--no-audit-table"},
    "verify": {"--config", "--source", "--target", "--sample-size"},
    "validate": {"--config"},
    "gen-salt": set[str](),
    "generate-ci": {"--platform", "--output-dir"},
    "detect-drift": {"--source", "--target", "--accept-drift"},
    "preview": {"--config", "--source", "--target", "--sample", "--policy-diff", "--sarif"},
    "install-pack": {"--config", "--local-pack-dir", "--registry-url", "--yes"},
    "migrate-config": {"--from", "--to"},
    "report": {"--run", "--output", "--format"},
    "schema config": set[str](),
    "catalog inspect": {"--source"},
}


def options_of(command: str) -> set[str]:
    """Every option of one of our commands."""
    found: Any = typer.main.get_command(app_for(command.split()))
    for word in command.split():
        found = found.commands[word]
    return {name for each in found.params for name in (*each.opts, *each.secondary_opts)}


def command_in(words: str) -> str:
    """The command that the words of a cell name; without one it is a run."""
    return next((name for name in COMMANDS if f"{words} ".startswith(f"{name} ")), "run")


def rows() -> list[tuple[str, str]]:
    """What a call there is called here."""
    found = [(row["there"].strip(), row["here"]) for row in ROW.finditer(PAGE.read_text())]
    assert len(found) >= len(THERE)
    return found


@pytest.mark.parametrize("command", THERE)
def test_each_command_and_option_of_privaci_is_on_the_page(command: str) -> None:
    """In the left column of the table."""
    named = [there for there, _ in rows() if there.partition(" --")[0].strip("- ") == command]
    named += [there for there, _ in rows() if not command and there.startswith("--")]
    own = THERE[command] - {"--config", "--source", "--target"}
    assert named
    assert own <= {*OPTION.findall(" ".join(named))}


def test_what_the_page_names_is_there() -> None:
    """What is called the same has the same options; what is called otherwise has those named."""
    for there, here in rows():
        calls = [there] if here.startswith(("the same", "[the same]")) else CALLED.findall(here)
        assert calls, there
        for call in calls:
            command = command_in(call)
            assert call.startswith((command, "--")) or not call
            assert {*OPTION.findall(call)} <= options_of(command), (there, call)


@pytest.mark.parametrize("command", [name for name in THERE if name])
def test_the_urls_and_the_policy_are_named_alike(command: str) -> None:
    """By `--config`, `--source` and `--target`."""
    names = {"--config", "--source", "--target"}
    if command in COMMANDS:
        assert THERE[command] & names <= options_of(command)
