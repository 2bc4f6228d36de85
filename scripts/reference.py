"""Writes the pages of the reference that are made from the code: `python scripts/reference.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args, get_origin

import typer

from privaci_dagster.cli import COMMANDS, app_for

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "options.md"
HEAD = """# Every option

Made from the commands themselves by `scripts/reference.py`. What they are for: [the command line](command-line.md).
"""


def page() -> str:
    """The options of every subcommand."""
    return "\n".join([HEAD, *(line for name in COMMANDS for line in _section(name))])


def _section(name: str) -> Iterator[str]:
    command = typer.main.get_command(app_for(name.split()))
    for word in name.split():
        command = command.commands[word]  # type: ignore[attr-defined]
    yield f"## `privaci {name}`\n"
    yield _sentence(command.help or "") + "\n"
    rows = [_row(parameter) for parameter in command.params if parameter.name != "help"]
    if rows:
        yield from ("| option | what it says | where it is not there |", "|---|---|---|", *rows, "")


def _row(parameter: object) -> str:
    names = [*parameter.opts, *parameter.secondary_opts]  # type: ignore[attr-defined]
    is_option = any(name.startswith("-") for name in names)
    annotation = parameter.type_descriptor.annotation  # type: ignore[attr-defined]
    choices = "|".join(get_args(annotation)) if get_origin(annotation) is Literal else ""
    said = " / ".join(names) if is_option else names[0].upper()
    said = f"{said} {choices}".strip()
    return f"| `{_cell(said)}` | {_cell(_sentence(getattr(parameter, 'help', '') or ''))} | {_otherwise(parameter)} |"


def _otherwise(parameter: object) -> str:
    """What holds where an option is not given: a variable, a default, or nothing."""
    variable, default = parameter.envvar, parameter.default  # type: ignore[attr-defined]
    found = [f"`{variable}`"] if variable else []
    if parameter.required:  # type: ignore[attr-defined]
        found.append("must be there")
    elif isinstance(default, bool):
        found.append(_flag(parameter, default=default))
    elif default not in (None, "") and not callable(default):
        found.append(f"`{default}`")
    return ", ".join(found) or "nothing"


def _flag(parameter: object, *, default: bool) -> str:
    names = parameter.opts if default else parameter.secondary_opts  # type: ignore[attr-defined]
    return f"`{names[0]}`" if names and parameter.secondary_opts else "off"  # type: ignore[attr-defined]


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
