"""Describes the actions that keep a part or a property of a value."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from privaci_core.policy.replace import Rule
from privaci_core.policy.strict import Strict, Text, refuse

# A placeholder of a template, or one of its doubled braces.
PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}:]+)(?::(lower|upper|initial))?\}")
ALPHABETS = {
    "digits": "0123456789",
    "lower": "abcdefghijklmnopqrstuvwxyz",
    "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "letters": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "alphanumeric": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "hex": "0123456789abcdef",
}
LONGEST_SHIFT = 36_500


class Shuffle(Rule):
    """The column's values dealt out to other rows of the table, whatever its size and order."""

    action: Literal["shuffle"]

    seed_alias: Text | None = None
    """Columns of one table with the same alias move together, so that pairs stay pairs."""


class Noise(Rule):
    """A number moved by a bounded, deterministic amount: exactly one of `ratio` and `amount`."""

    action: Literal["noise"]

    ratio: Annotated[float, Field(gt=0, le=1)] | None = None
    """The greatest move as a share of the value: 0.1 is ten per cent either way."""

    amount: Annotated[float, Field(gt=0)] | None = None
    """The greatest move in the column's own unit."""

    minimum: float | None = None
    """No result is below this."""

    maximum: float | None = None
    """No result is above this."""

    decimals: Annotated[int, Field(ge=0, le=15)] | None = None
    """Digits after the point; by default as many as the value has."""

    @model_validator(mode="after")
    def _one_bound(self) -> Noise:
        _exactly_one(self, "ratio", "amount")
        if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
            refuse("`minimum` is not below `maximum`", "Swap them or leave one out.")
        return self


class DateShift(Rule):
    """A date or timestamp moved by whole days, the same number for all dates of one subject."""

    action: Literal["date_shift"]

    days: Annotated[int, Field(ge=1, le=LONGEST_SHIFT)] = 365
    """The greatest move, either way; a move of nothing never happens."""

    subject: Text | None = None
    """The column of the row that identifies the subject; without it, each date moves by itself."""

    seed_alias: Text | None = None
    """Tables with the same alias move a subject's dates alike, so intervals stay across them."""


class Generalize(Rule):
    """A coarser value that many rows share: exactly one of `to`, `step`, `prefix` and `network`."""

    action: Literal["generalize"]

    to: Literal["year", "quarter", "month", "week", "day", "hour"] | None = None
    """Dates and timestamps: the start of this unit."""

    step: Annotated[float, Field(gt=0)] | None = None
    """Numbers: rounded down to a multiple of this."""

    prefix: Annotated[int, Field(ge=1)] | None = None
    """Text: how many of the first characters stay."""

    network: Annotated[int, Field(ge=1, le=127)] | None = None
    """IP addresses: how many bits of the network stay."""

    @model_validator(mode="after")
    def _one_way(self) -> Generalize:
        _exactly_one(self, "to", "step", "prefix", "network")
        return self


class Bucket(Rule):
    """The label of a number's range, or in a numeric column the range's lower edge."""

    action: Literal["bucket"]

    edges: Annotated[tuple[float, ...], Field(min_length=1)]
    """The bounds between ranges, rising; an edge belongs to the range above it."""

    labels: tuple[Text, ...] | None = None
    """The names of the ranges, one more than edges; default: `<10`, `10-20`, `>=20`."""

    @model_validator(mode="after")
    def _rising(self) -> Bucket:
        if any(low >= high for low, high in pairwise(self.edges)):
            refuse("`edges` do not rise", "Sort them and leave out doubles.")
        if self.labels is not None and len(self.labels) != len(self.edges) + 1:
            refuse(
                f"`labels` has {len(self.labels)} names for {len(self.edges) + 1} ranges",
                "Name every range.",
            )
        return self


class Fpe(Rule):
    """Format-preserving encryption (FF1): a value of the same length and alphabet, injective."""

    action: Literal["fpe"]

    alphabet: Text = "digits"
    """`digits`, `lower`, `upper`, `letters`, `alphanumeric`, `hex`, or characters; others stay."""

    seed_alias: Text | None = None
    """Columns with the same alias share a key."""

    @field_validator("alphabet")
    @classmethod
    def _distinct(cls, alphabet: str) -> str:
        if alphabet not in ALPHABETS and (len(alphabet) < 2 or len(set(alphabet)) != len(alphabet)):  # noqa: PLR2004
            refuse(
                "the alphabet has a character twice, or fewer than two",
                f"Write one of {', '.join(ALPHABETS)}.",
            )
        return alphabet

    @property
    def characters(self) -> str:
        """The alphabet's characters in their order."""
        return ALPHABETS.get(self.alphabet, self.alphabet)


class Partial(Rule):
    """Keeps the first and last characters and fills the rest; fills a too short value whole."""

    action: Literal["partial"]

    first: Annotated[int, Field(ge=0)] = 0
    """How many characters stay at the start."""

    last: Annotated[int, Field(ge=0)] = 0
    """How many characters stay at the end."""

    fill: Annotated[str, Field(min_length=1, max_length=1)] = "*"
    """The character that replaces each hidden one."""


class Template(Rule):
    """Text made of the masked values of other columns of the row."""

    action: Literal["template"]

    template: Text
    """Text with `{column}`, `{column:lower}`, `:upper` or `:initial`; `{{` and `}}` are braces."""

    @field_validator("template")
    @classmethod
    def _well_formed(cls, template: str) -> str:
        rest = PLACEHOLDER.sub("", template)
        if "{" in rest or "}" in rest:
            refuse(
                "the template has an unmatched brace",
                "Write {column}, and {{ }} for braces.",
            )
        return template

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The template cut into literal text and placeholders, in order."""
        return tuple(_cut(self.template))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the template reads, each once, in order."""
        return tuple(
            dict.fromkeys(piece.column for piece in self.pieces if piece.column is not None)
        )


class Piece(Strict):
    """A part of a template: literal text, or a column and how its value is written."""

    text: str = ""
    column: str | None = None
    spelling: Literal["lower", "upper", "initial"] | None = None


def _cut(template: str) -> list[Piece]:
    pieces, end = [], 0
    for match in PLACEHOLDER.finditer(template):
        brace = "" if match[1] else match[0][0]
        pieces.append(Piece(text=template[end : match.start()] + brace))
        if match[1]:
            pieces.append(Piece.model_validate({"column": match[1], "spelling": match[2]}))
        end = match.end()
    pieces.append(Piece(text=template[end:]))
    return [piece for piece in pieces if piece.text or piece.column]


def _exactly_one(rule: Rule, *names: str) -> None:
    given = [name for name in names if getattr(rule, name) is not None]
    if len(given) != 1:
        refuse(
            f"exactly one of {', '.join(names)} is needed, {len(given)} are given",
            "Write one of them.",
        )
