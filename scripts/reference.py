"""Writes the pages of the reference that are generated from the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args, get_origin

import polars as pl
import typer
from pydantic import TypeAdapter

from privaci_core.masks import Keys, Shape, bind
from privaci_core.policy import Action
from privaci_dagster.cli import COMMANDS, app_for

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
SALT = b"the salt of these examples, which nobody else should take"
PEOPLE = ("Alice Brambleby", "alice brambleby", "Dunmarrow, Peter")
# A rule, the type of its column, and the values in it.
EXAMPLES: tuple[tuple[dict[str, object], str, tuple[str, ...]], ...] = (
    ({"action": "fake", "provider": "full_name"}, "text", PEOPLE),
    ({"action": "fake", "provider": "email"}, "text", ("alice@shop.example", "peter@shop.example")),
    (
        {"action": "fake", "provider": "phone"},
        "text",
        ("+49 30 5550101", "+1 555 0100 200", "0555 0100"),
    ),
    ({"action": "fake", "provider": "full_name"}, "text unique", PEOPLE[:1]),
    (
        {"action": "fake", "provider": "address", "params": {"locale": "de_DE"}},
        "text",
        ("7 Harbor Road, Kestrel Bay",),
    ),
    ({"action": "fake", "provider": "dob"}, "date", ("1980-02-29", "1955-07-01")),
    ({"action": "fake", "provider": "lat_lon"}, "point", ("(13.405,52.52)",)),
    ({"action": "fake", "provider": "token"}, "text", ("id_4eC39HqLyjWDarjtT1zd",)),
    ({"action": "hash"}, "text", ("C-1047",)),
    ({"action": "hash"}, "integer", ("1047", "1048", "12")),
    ({"action": "fpe", "alphabet": "alphanumeric"}, "text", ("C-1047", "C-1048")),
    ({"action": "partial", "first": 1, "last": 2}, "text", ("Brambleby", "Bo")),
    ({"action": "regex_mask", "pattern": r"\d", "replace": "0"}, "text", ("room 47, floor 3",)),
    ({"action": "static", "value": "[removed]"}, "text", ("called on Monday",)),
    ({"action": "null"}, "text", ("called on Monday",)),
    ({"action": "noise", "ratio": 0.1}, "numeric(10,2)", ("100.00", "2500.00")),
    ({"action": "date_shift", "days": 30}, "date", ("2026-03-01", "2026-03-02")),
    ({"action": "generalize", "to": "year"}, "date", ("1980-02-29",)),
    ({"action": "generalize", "prefix": 2}, "text", ("10115",)),
    ({"action": "bucket", "edges": [18, 65]}, "text", ("17", "18", "70")),
    (
        {"action": "ner_mask"},
        "text",
        ("Julia Eldertree called from +1 555 0100 200 about her order.",),
    ),
    (
        {
            "action": "json",
            "paths": {"$.name": {"action": "fake", "provider": "full_name"}},
            "default": "redact",
        },
        "jsonb",
        ('{"name": "Alice Brambleby", "age": 44, "tags": ["a"]}',),
    ),
)
SHAPES = {
    "text": Shape(),
    "text unique": Shape(unique=True),
    "point": Shape(type_name="point"),
    "jsonb": Shape(type_name="jsonb"),
    "date": Shape(type_name="date"),
    "integer": Shape(type_name="int4"),
    "numeric(10,2)": Shape(type_name="numeric", precision=10, scale=2),
}
EXAMPLES_HEAD = """# What masks make

The masks themselves made these, from made-up values under a salt of this page
(`scripts/reference.py`). Your salt gives other results, and always the same ones. [The policy
file](policy.md#actions) has all keys of each rule, and [the masks](masks.md) says which mask takes
which type.
"""
HEAD = """# Every option

`scripts/reference.py` makes this page from the commands. [The command line](command-line.md) says
what each is for.
"""


def pages() -> dict[Path, str]:
    """The text of each page."""
    return {REFERENCE / "options.md": _options(), REFERENCE / "mask-examples.md": _examples()}


def _examples() -> str:
    """What each mask makes of made-up values under one salt."""
    rows = [row for example in EXAMPLES for row in _rows_of(*example)]
    return "\n".join(
        [EXAMPLES_HEAD, "| rule | type | original | becomes |", "|---|---|---|---|", *rows, ""]
    )


def _rows_of(rule: dict[str, object], type_: str, values: tuple[str, ...]) -> Iterator[str]:
    action = TypeAdapter[Action](Action).validate_python(rule)
    fakes = bind(action, SHAPES[type_], Keys.of(SALT))(pl.Series(values, dtype=pl.String))
    first = f"`{_cell(_shown(rule))}`", f"`{type_}`"
    for value, fake in zip(values, fakes, strict=True):
        becomes = "NULL" if fake is None else f"`{_cell(fake)}`"
        yield f"| {' | '.join(first)} | `{_cell(value)}` | {becomes} |"
        first = "", ""


def _shown(rule: dict[str, object]) -> str:
    """A rule in one line: its action, then its keys without quotes."""
    keys = json.dumps({key: value for key, value in rule.items() if key != "action"})[1:-1]
    plain = keys.replace('"', "").replace("\\\\", "\\")
    return f"{rule['action']}, {plain}" if plain else f"{rule['action']}"


def _options() -> str:
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
        yield from ("| option | meaning | default |", "|---|---|---|", *rows, "")


def _row(parameter: object) -> str:
    names = [*parameter.opts, *parameter.secondary_opts]  # type: ignore[attr-defined]
    is_option = any(name.startswith("-") for name in names)
    annotation = parameter.type_descriptor.annotation  # type: ignore[attr-defined]
    choices = "|".join(get_args(annotation)) if get_origin(annotation) is Literal else ""
    form = " / ".join(names) if is_option else names[0].upper()
    form = f"{form} {choices}".strip()
    meaning = _cell(_sentence(getattr(parameter, "help", "") or ""))
    return f"| `{_cell(form)}` | {meaning} | {_default(parameter)} |"


def _default(parameter: object) -> str:
    """The value of an option that is not given: a variable, a default, or none."""
    variable, default = parameter.envvar, parameter.default  # type: ignore[attr-defined]
    found = [f"`{variable}`"] if variable else []
    if parameter.required:  # type: ignore[attr-defined]
        found.append("required")
    elif isinstance(default, bool):
        found.append(_flag(parameter, default=default))
    elif default not in (None, "") and not callable(default):
        found.append(f"`{default}`")
    return ", ".join(found) or "none"


def _flag(parameter: object, *, default: bool) -> str:
    names = parameter.opts if default else parameter.secondary_opts  # type: ignore[attr-defined]
    return f"`{names[0]}`" if names and parameter.secondary_opts else "off"  # type: ignore[attr-defined]


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
