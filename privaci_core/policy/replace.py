"""Describes the actions that replace a value, and the two that keep it or make it NULL."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from privaci_core.policy.findings import suggest
from privaci_core.policy.patterns import (
    FLAGS,
    LONGEST_PATTERN,
    groups_in,
    groups_of,
    linear_pattern,
    linear_replacement,
    why_not_linear,
)
from privaci_core.policy.providers import PROVIDERS
from privaci_core.policy.strict import OrEmpty, OrNothing, Strict, Text, refuse

LONGEST_WHEN = 512
HOST = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*"
)
LOCALE = re.compile(r"[a-z]{2,3}_[A-Z]{2}|[a-z]{2,3}")
KILOMETRES = re.compile(r"(?![0.]+$)[0-9]{1,4}(?:\.[0-9]{1,3})?")
# What the settings of the built-in providers look like.
PARAMS = {
    "domain": HOST,
    "locale": LOCALE,
    "distance": KILOMETRES,
    "around": re.compile("keep|replace"),
    "form": re.compile("issued|own"),
    "case": re.compile("keep"),
}
# The labels of spaCy's models.
ENTITIES = (
    *("PERSON", "ORG", "GPE", "LOC", "NORP", "FAC", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW"),
    *("LANGUAGE", "DATE", "TIME", "PERCENT", "MONEY", "QUANTITY", "ORDINAL", "CARDINAL"),
    *("PER", "MISC"),
)
DEFAULT_ENTITIES = ("PERSON", "ORG", "GPE", "LOC")


def _blank_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _short_when(value: str | None) -> str | None:
    if value is not None and len(value) > LONGEST_WHEN:
        refuse(f"`when` has {len(value)} characters, more than {LONGEST_WHEN}", "Shorten it.")
    return value


class Rule(Strict):
    """The key that every action has."""

    when: Annotated[str | None, AfterValidator(_short_when), BeforeValidator(_blank_is_none)] = (
        Field(default=None, json_schema_extra={"maxLength": LONGEST_WHEN})
    )
    """A CEL expression over the row's columns; where it is false or NULL the value stays."""


class _Faked(Rule):
    provider: Text
    """The provider that makes the fakes, built in or from a plugin."""

    seed_alias: Text | None = None
    """Columns with the same alias share a key; `schema.table.column` means that column's key."""

    params: Annotated[dict[str, str], OrEmpty] = {}
    """The provider's own settings: `locale` (as `de_DE`), `domain`, `around`, `form`, `case`."""

    # Not in its text form, by which refreshes of before tell masks apart.
    persona: Annotated[Text | None, Field(repr=False)] = None
    """The row's column that decides who its person is: an address, a login, or for these a name."""

    @field_validator("provider")
    @classmethod
    def _known_provider(cls, name: str, info: ValidationInfo) -> str:
        known = (info.context or {}).get("providers", PROVIDERS)
        if name not in known:
            refuse(f"unknown provider `{name}`", suggest(name, known))
        return name

    @model_validator(mode="after")
    def _known_params(self) -> _Faked:
        provider = PROVIDERS.get(self.provider)
        if provider is None:
            return self
        for name, value in self.params.items():
            if name not in provider.params:
                reason = f"`{self.provider}` has no parameter `{name}`"
                refuse(reason, suggest(name, provider.params), at="params")
            if not PARAMS[name].fullmatch(value):
                remedy = (
                    "Write a domain as example.test, a locale as de_DE,"
                    ' a distance in kilometres as "2.5", around and case as keep, form as issued.'
                )
                refuse(f"`{name}` is malformed", remedy, at="params")
        return self


class Fake(_Faked):
    """A deterministic synthetic value."""

    action: Literal["fake"]


class Pseudonym(_Faked):
    """The same as `fake`, keyed by `pseudonym_key`."""

    action: Literal["pseudonym"]


class Hash(Rule):
    """A salted deterministic digest in hex, fitted to the column's length."""

    action: Literal["hash"]


class HmacHash(Rule):
    """HMAC-SHA256 keyed by `pseudonym_key`."""

    action: Literal["hmac_hash"]

    encoding: Literal["hex", "base64url"] = "hex"
    """How the digest is written."""


class RegexMask(Rule):
    """Replaces every match of a pattern, in time linear in the input."""

    action: Literal["regex_mask"]

    pattern: Annotated[str, Field(max_length=LONGEST_PATTERN)]
    """A regular expression without look-around and without backreferences."""

    replace: str
    """The text that replaces a match; `\\1` and `\\g<name>` refer to groups."""

    flags: Annotated[tuple[str, ...], OrNothing] = ()
    """IGNORECASE, MULTILINE, DOTALL, VERBOSE, UNICODE, or their first letters (S, X)."""

    @field_validator("flags")
    @classmethod
    def _known_flags(cls, flags: tuple[str, ...]) -> tuple[str, ...]:
        for flag in flags:
            if flag not in FLAGS:
                refuse(f"unknown flag `{flag}`", suggest(flag.upper(), FLAGS))
        return flags

    @model_validator(mode="after")
    def _compiles(self) -> RegexMask:
        problem = why_not_linear(self.linear_pattern)
        if problem is not None:
            remedy = "Write it without look-around and backreferences, as RE2 takes it."
            refuse(f"the pattern does not compile: {problem}", remedy, at="pattern")
        missing = groups_of(self.replace) - groups_in(self.linear_pattern)
        if missing:
            refuse(
                f"the pattern has no group {min(missing)}",
                "Refer to a group of the pattern.",
                at="replace",
            )
        return self

    @property
    def linear_pattern(self) -> str:
        """The pattern, with its flags, for the linear engine."""
        return linear_pattern(self.pattern, self.flags)

    @property
    def linear_replacement(self) -> str:
        """The replacement for the linear engine."""
        return linear_replacement(self.replace)


class Static(Rule):
    """One constant for every value."""

    action: Literal["static"]

    value: str
    """The constant, in the text form that Postgres would print."""


class Null(Rule):
    """NULL for every value; refused before the run where the column is NOT NULL."""

    action: Literal["null"]


class Passthrough(Rule):
    """The value unchanged; always wins over detection."""

    action: Literal["passthrough"]


class NerMask(Rule):
    """Replaces people and places in free text, after e-mail addresses, phone and card numbers."""

    action: Literal["ner_mask"]

    entities: Annotated[tuple[str, ...], OrNothing] = DEFAULT_ENTITIES
    """The kinds of names to replace, in spaCy's words."""

    @field_validator("entities")
    @classmethod
    def _known_entities(cls, entities: tuple[str, ...]) -> tuple[str, ...]:
        for entity in entities:
            if entity not in ENTITIES:
                refuse(f"unknown entity `{entity}`", suggest(entity, ENTITIES))
        return entities or DEFAULT_ENTITIES


class AiRefine(Rule):
    """Rewrites what `ner_mask` has masked by a plugin's language model; it sees no original."""

    action: Literal["ai_refine"]

    provider: Text
    """The plugin's name."""

    model: Text
    """The model, in the plugin's words."""

    params: Annotated[dict[str, str], OrEmpty] = {}
    """The plugin's own settings."""

    @field_validator("provider")
    @classmethod
    def _installed(cls, name: str, info: ValidationInfo) -> str:
        known = (info.context or {}).get("refiners", ())
        if not known:
            refuse("no plugin for ai_refine is installed", "Install one, or use ner_mask.")
        if name not in known:
            refuse(f"no plugin `{name}` for ai_refine is installed", suggest(name, known))
        return name


class Plugin(Rule):
    """The mask of an installed plugin."""

    action: Literal["plugin"]

    name: Text
    """The plugin's name, as in its entry point."""

    params: Annotated[dict[str, str], OrEmpty] = {}
    """The plugin's own settings."""

    @field_validator("name")
    @classmethod
    def _installed(cls, name: str, info: ValidationInfo) -> str:
        known = (info.context or {}).get("masks", ())
        if name not in known:
            reason = f"no plugin `{name}` with a mask is installed"
            refuse(reason, suggest(name, known) if known else "Install it where this runs.")
        return name
