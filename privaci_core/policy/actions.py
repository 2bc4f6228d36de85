"""Lists the actions: those of a column, and those of a place inside a JSON column."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator

from privaci_core.policy.json_paths import JsonPath, parse_json_path
from privaci_core.policy.replace import (
    AiRefine,
    Fake,
    Hash,
    HmacHash,
    NerMask,
    Null,
    Passthrough,
    Plugin,
    Pseudonym,
    RegexMask,
    Rule,
    Static,
)
from privaci_core.policy.reshape import (
    Bucket,
    DateShift,
    Fpe,
    Generalize,
    Noise,
    Partial,
    Shuffle,
    Template,
)
from privaci_core.policy.strict import OrEmpty, refuse


def _spell_null(rule: Any) -> Any:
    """`action: null` without quotes is YAML's null; the action of that name is meant."""
    if isinstance(rule, dict) and "action" in rule and rule["action"] is None:
        return {**rule, "action": "null"}
    return rule


SpellNull = BeforeValidator(_spell_null)

# Actions that need only the value itself, so that a place inside a document can have them.
OfOneValue = (
    Fake
    | Pseudonym
    | Hash
    | HmacHash
    | RegexMask
    | Static
    | Null
    | Passthrough
    | NerMask
    | AiRefine
    | Plugin
    | Noise
    | Generalize
    | Bucket
    | Fpe
    | Partial
    | DateShift
)


class Remove(Rule):
    """Removes the member or element with all that is in it; only at a path of `json`."""

    action: Literal["remove"]


JsonAction = Annotated[Annotated[OfOneValue | Remove, Field(discriminator="action")], SpellNull]


class Json(Rule):
    """Masks inside json and jsonb: keys, order and types stay."""

    action: Literal["json"]

    paths: Annotated[dict[str, JsonAction], OrEmpty] = {}
    """Actions by path, as `$.a.b[*].c`; the longest path that fits wins."""

    default: Literal["keep", "redact"] = "keep"
    """Scalars that no path names: kept, or replaced by an empty value of their type."""

    @field_validator("paths")
    @classmethod
    def _paths_hold(cls, paths: dict[str, JsonAction]) -> dict[str, JsonAction]:
        for path, rule in paths.items():
            if parse_json_path(path) is None:
                refuse(
                    f"the JSON path `{path}` is malformed",
                    "Write it as $.a.b[*].c or $['odd key'][0].",
                )
            if isinstance(rule, Remove) and not parse_json_path(path):
                refuse(
                    "a document cannot be removed from itself",
                    "Name a place in it, or use null on the column.",
                )
            if rule.when is not None:
                refuse(
                    f"`when` is inside the JSON path `{path}`",
                    "Put it on the column's own action.",
                )
            if isinstance(rule, DateShift) and rule.subject is not None:
                refuse(
                    f"`subject` is inside the JSON path `{path}`",
                    "Leave it out: a document has no columns.",
                )
        return paths

    @property
    def steps(self) -> tuple[tuple[JsonPath, JsonAction], ...]:
        """The paths cut into steps, each with its action, in the order of the file."""
        return tuple((parse_json_path(path) or (), rule) for path, rule in self.paths.items())


AnyAction = OfOneValue | Json | Shuffle | Template
Action = Annotated[Annotated[AnyAction, Field(discriminator="action")], SpellNull]

# Name to model, in the order in which the reference lists them.
ACTIONS: dict[str, type[Rule]] = {
    get_args(model.model_fields["action"].annotation)[0]: model for model in get_args(AnyAction)
}
