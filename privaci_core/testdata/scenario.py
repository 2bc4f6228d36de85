"""Describes a scenario file: which rows a request finds and creates, as frozen values."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, PrivateAttr, StringConstraints, Tag

from privaci_core.policy.findings import Finding  # noqa: TC001 - pydantic reads the annotations
from privaci_core.policy.lines import Lines
from privaci_core.policy.schema import DIALECT
from privaci_core.policy.strict import OrEmpty, OrNothing, Strict, Text, refuse
from privaci_core.policy.subset import MAPPING, WORD
from privaci_core.policy.values import Rows, TableName

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
DURATION = re.compile(r"([1-9][0-9]{0,5})([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
# Rows of one role: a request stays one transaction of few statements.
MOST_ROWS = 1000
# Tags that findings leave out of paths.
FOUND, MADE = WORD, MAPPING


def _duration(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    match = DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        refuse("the value is not a duration", "Write a number and s, m, h or d: 24h.")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _found_or_created(rule: Any) -> Any:
    if isinstance(rule, dict) and len({"find", "create"} & rule.keys()) != 1:
        refuse(
            "a role is either found or created",
            "Write one of find: schema.table and create: schema.table.",
        )
    return rule


def _form(rule: Any) -> str:
    found = "find" in rule if isinstance(rule, dict) else isinstance(rule, Find)
    return FOUND if found else MADE


def _rule_or_name(validator: Any) -> str:
    return MAPPING if isinstance(validator, dict | Rule) else WORD


Role = Annotated[str, StringConstraints(pattern=f"^{NAME}$", max_length=63)]
Count = Annotated[Rows, Field(le=MOST_ROWS)]
Duration = Annotated[
    timedelta,
    BeforeValidator(
        _duration, json_schema_input_type=Annotated[str, Field(pattern=r"^\d+[smhd]$")]
    ),
]


class Find(Strict):
    """Rows of the target that a scenario needs, as they are."""

    find: TableName
    """The table, `schema.table`."""

    where: Annotated[dict[Text, Any], OrEmpty] = {}
    """Column to value; a list means any of its values, `null` that there is none."""

    reserve: bool = False
    """Keep the rows from other runs until this one is reset."""

    count: Count = 1
    """How many rows."""

    @property
    def table(self) -> str:
        """The table's name."""
        return self.find


class Create(Strict):
    """Rows that a scenario adds to the target; columns that are not named are filled."""

    create: TableName
    """The table, `schema.table`."""

    values: Annotated[dict[Text, Any], OrEmpty] = {}
    """Column to value; `"{name}"` is a constraint, `"@role"` the key of a role's row."""

    count: Count = 1
    """How many rows."""

    @property
    def table(self) -> str:
        """The table's name."""
        return self.create


class Rule(Strict):
    """A condition that the rows of a request must meet before any of them is written."""

    name: Text
    """How the trail names it."""

    rule: Annotated[str, Field(min_length=1, max_length=2048)]
    """A condition in CEL over `role.column`."""

    message: str = ""
    """What is told if it fails."""


RowRule = Annotated[
    Annotated[
        Annotated[Find, Tag(FOUND)] | Annotated[Create, Tag(MADE)],
        Discriminator(_form),
    ],
    BeforeValidator(_found_or_created),
]
Validator = Annotated[
    Annotated[Text, Tag(WORD)] | Annotated[Rule, Tag(MAPPING)], Discriminator(_rule_or_name)
]


class Scenario(Strict):
    """A scenario file: a case that tests need, as rows of a few tables."""

    scenario_id: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=99)
    ]
    """Its name, which requests use."""

    description: str = ""
    """What the case is, for people and for planners."""

    domain: Text = "default"
    """The domain that it belongs to; a request may name it."""

    tags: Annotated[tuple[Text, ...], OrNothing] = ()
    """Words to find it by."""

    linked_requirement_ids: Annotated[tuple[Text, ...], OrNothing] = ()
    """Requirements that its tests cover; the trail names them."""

    default_constraints: Annotated[dict[Role, Any], OrEmpty] = {}
    """Constraint to value; a request may override each of them, and name no other."""

    rows: Annotated[dict[Role, RowRule], Field(min_length=1)]
    """Role to rows: what each of them is called, and how it is found or created."""

    generators: Annotated[tuple[Text, ...], OrNothing] = ()
    """Installed generators that change created rows, in this order."""

    validators: Annotated[tuple[Validator, ...], OrNothing] = ()
    """Rules, `relational.<role>_references_existing_<role>`, and installed validators."""

    isolation: Literal["rows", "database"] = "rows"
    """Whether a run gets rows of the target, or a whole database of its own."""

    ttl: Duration = timedelta(hours=24)
    """How long the rows of a run stay if nothing resets it: `24h`."""

    made_up: bool = False
    """Begin the texts that are filled in with `FAKE_`, where the column holds that."""

    _lines: Lines = PrivateAttr(default_factory=Lines)

    def line_of(self, *path: str | int) -> int | None:
        """The line of a path in the file, or of the nearest path around it."""
        return self._lines.of(path)

    def finding(self, *path: str | int, reason: str, remedy: str) -> Finding:
        """A finding of a later stage, at the line of its path."""
        return self._lines.finding(path, reason, remedy)


def json_schema() -> dict[str, Any]:
    """The schema of a scenario file."""
    return {"$schema": DIALECT} | Scenario.model_json_schema(by_alias=True, mode="validation")


def model_at(path: tuple[str | int, ...], here: Any) -> type[Strict]:
    """The model that describes what is at a path of the file."""
    if not path:
        return Scenario
    if path[0] == "validators":
        return Rule
    return Find if isinstance(here, dict) and "find" in here else Create
