"""Lets an installed plugin change a policy before it is checked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from privaci_core.errors import PolicyError
from privaci_core.policy.plugin_kinds import DOCS, plugin_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.policy.plugin_kinds import RunEnhancer

ENHANCER_VARIABLE = "PRIVACI_RUN_ENHANCER"


def enhanced(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """The policy's text as the enhancer that a variable names has it; it is checked as any other.

    A text that holds no mapping is left to the checks.
    """
    name = environ.get(ENHANCER_VARIABLE, "")
    if not name:
        return text
    # As in parse_policy.
    import yaml  # noqa: PLC0415

    from privaci_core.policy.yaml_text import read_yaml  # noqa: PLC0415

    reading = read_yaml(text)
    if reading.findings or not isinstance(reading.value, dict):
        return text
    enhancer: RunEnhancer = plugin_of("run_enhancer", name)
    return yaml.safe_dump(_changed(enhancer, reading.value, name), allow_unicode=True)


def _changed(enhancer: RunEnhancer, policy: dict[str, Any], name: str) -> dict[str, Any]:
    try:
        found = enhancer.enhance(policy)
        changed = dict(found)
    except Exception as error:  # noqa: BLE001 - its text may hold what the policy holds
        why = f"the enhancer raised {type(error).__name__}"
        remedy = f"Fix the plugin, or unset {ENHANCER_VARIABLE}."
        raise PolicyError(f"Enhancing the policy with {name}", why, remedy, DOCS) from None
    return changed
