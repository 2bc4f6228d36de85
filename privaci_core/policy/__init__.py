"""Reads the policy file, `mask-rules.yaml`, into frozen values, before any connection."""

from privaci_core.policy.actions import ACTIONS, Action, Json, JsonAction, Remove
from privaci_core.policy.document import Policy, Relation, TableRule
from privaci_core.policy.findings import Finding, FindingsError, show_path, suggest
from privaci_core.policy.json_paths import EVERY, JsonPath, parse_json_path
from privaci_core.policy.load import load_policy, parse_policy
from privaci_core.policy.patterns import why_not_linear
from privaci_core.policy.providers import PROVIDERS, known_providers
from privaci_core.policy.relations import (
    KeyColumns,
    listed_relations,
    one_spelling,
    relation_name,
    split_column,
    split_relation,
)
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
    Piece,
    Shuffle,
    Template,
)
from privaci_core.policy.schema import json_schema

__all__ = [
    "ACTIONS",
    "EVERY",
    "PROVIDERS",
    "Action",
    "AiRefine",
    "Bucket",
    "DateShift",
    "Fake",
    "Finding",
    "FindingsError",
    "Fpe",
    "Generalize",
    "Hash",
    "HmacHash",
    "Json",
    "JsonAction",
    "JsonPath",
    "KeyColumns",
    "NerMask",
    "Noise",
    "Null",
    "Partial",
    "Passthrough",
    "Piece",
    "Plugin",
    "Policy",
    "Pseudonym",
    "RegexMask",
    "Relation",
    "Remove",
    "Rule",
    "Shuffle",
    "Static",
    "TableRule",
    "Template",
    "json_schema",
    "known_providers",
    "listed_relations",
    "load_policy",
    "one_spelling",
    "parse_json_path",
    "parse_policy",
    "relation_name",
    "show_path",
    "split_column",
    "split_relation",
    "suggest",
    "why_not_linear",
]
