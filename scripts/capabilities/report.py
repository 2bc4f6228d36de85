"""Writes what was proved of each capability: as JSON, and as a page."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jinja2 import Environment

from scripts.capabilities.results import confidence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scripts.capabilities.listed import Room
    from scripts.capabilities.results import Result

JSON, PAGE = "capabilities.json", "capabilities.html"
TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Capabilities</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;
margin:2rem auto;padding:0 1rem;overflow-wrap:break-word}table{border-collapse:collapse;
width:100%}code{font-size:.85em;overflow-wrap:anywhere}
td,th{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #8884;
vertical-align:top}.bad{font-weight:700}@media(max-width:700px){thead{display:none}
tr,td{display:block;border:0}tr{padding:.5rem 0;border-bottom:1px solid #8884}}
</style></head><body><h1>Capabilities</h1>
<p><b>Masking confidence.</b> {{ confidence }}</p>
<p>Measured at {{ at }}, at commit {{ commit }}, with {{ room.memory }} MiB of memory and
{{ room.disk }} MiB of disk free.</p>
{% for scope in ("masking", "infrastructure") %}<h2>{{ scope | capitalize }}</h2>
<table><thead><tr><th>capability</th><th>verdict</th><th>measured</th><th>tests</th></tr></thead><tbody>
{% for one in results if one.capability.scope == scope %}
<tr><td>{{ one.capability.says }}<details><summary>tests</summary>
{% for node in one.capability.tests %}<code>{{ node }}</code><br>{% endfor %}</details></td>
<td{% if one.verdict != "proved" %} class="bad"{% endif %}>{{ one.verdict }}
{%- if one.why %}: {{ one.why }}{% endif %}</td>
<td>{% for name, value in one.figures.items() %}{{ name }}: {{ value }}<br>{% endfor %}</td>
<td>{% for ending, count in one.counts.items() %}{{ count }} {{ ending }}<br>{% endfor %}</td></tr>
{% endfor %}</tbody></table>{% endfor %}
</body></html>
"""


def write_report(
    folder: Path, results: Sequence[Result], room: Room, at: str, commit: str
) -> tuple[Path, Path]:
    """Write both files; returns where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    page = Environment(autoescape=True).from_string(TEMPLATE)
    said = confidence(results)
    told = {"at": at, "commit": commit, "room": asdict(room), "masking confidence": said}
    listed = {**told, "capabilities": [_listed(one) for one in results]}
    (folder / JSON).write_text(f"{json.dumps(listed, indent=1)}\n", encoding="utf-8")
    (folder / PAGE).write_text(
        page.render(results=results, confidence=said, room=room, at=at, commit=commit),
        encoding="utf-8",
    )
    return folder / JSON, folder / PAGE


def _listed(one: Result) -> dict[str, Any]:
    return {
        "id": one.capability.id,
        "says": one.capability.says,
        "scope": one.capability.scope,
        "verdict": one.verdict,
        "why": one.why,
        "tests": list(one.capability.tests),
        "counts": dict(one.counts),
        "figures": dict(one.figures),
    }
