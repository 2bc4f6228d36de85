"""Merges a pack into the text of a policy file; every other line stays as it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from privaci_core.errors import PolicyError
from privaci_core.policy.yaml_text import read_yaml

if TYPE_CHECKING:
    from privaci_core.policy.signed_pack import Manifest

HEAD = "# Rules by kind, a pack a line; `kinds` of your own precede them."
DOCS = "docs/how-to/packs.md"


def with_pack(text: str, pack: Manifest, kinds: dict[str, Any]) -> str:
    """The policy's text with a pack in its newest version."""
    reading = read_yaml(text)
    before: dict[str, Any] = reading.value
    packs = before.get("packs") or {}
    _refuse_older(pack, packs.get(pack.name, {}).get("version", "0.0.0"))
    entry = {"version": pack.version, "kinds": kinds}
    line, lines = f"  {pack.name}: {json.dumps(entry)}", text.splitlines()
    if "packs" not in before:
        lines += ["", HEAD, "packs:", line]
    elif pack.name in packs:
        lines[reading.lines.known["packs", pack.name] - 1] = line
    else:
        lines.insert(reading.lines.known[("packs",)], line)
    merged = "\n".join([*lines, ""])
    if read_yaml(merged).value != {**before, "packs": {**packs, pack.name: entry}}:
        raise PolicyError(
            f"Merging the pack {pack.name}",
            "the policy does not write `packs` as one line for each pack",
            f"Add this below `packs:` by hand: {line.strip()}",
            DOCS,
        )
    return merged


def _refuse_older(pack: Manifest, installed: str) -> None:
    if _numbers(pack.version) < _numbers(installed):
        raise PolicyError(
            f"Merging the pack {pack.name}",
            f"the policy has its version {installed}, which is newer than {pack.version}",
            "To go back, take the pack's line out of the policy first.",
            DOCS,
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
