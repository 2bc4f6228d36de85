"""Describes the policy file as a JSON Schema, by which editors complete and check it."""

from __future__ import annotations

from typing import Any

from privaci_core.policy.document import Policy

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema of `mask-rules.yaml`."""
    return {"$schema": DIALECT} | Policy.model_json_schema(by_alias=True, mode="validation")
