"""Builds policies from plain values, as a file would hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from privaci_core.policy import parse_policy

if TYPE_CHECKING:
    from privaci_core.policy import Policy

HASH = {"action": "hash"}
NULL = {"action": "null"}
AS_IT_IS = {"action": "passthrough"}
EMAIL = {"action": "fake", "provider": "email"}
NAME = {"action": "fake", "provider": "full_name"}


def policy(tables: dict[str, Any] | None = None, **rest: Any) -> Policy:
    """A policy with rules of tables; detection is off unless a test asks for it."""
    content = {"version": "1.0", "auto_detect": False, "tables": tables or {}} | rest
    return parse_policy(yaml.safe_dump(content, sort_keys=False))


def columns(table: str, **actions: dict[str, Any]) -> dict[str, Any]:
    """The rules of one table's columns."""
    return {table: {"columns": actions}}
