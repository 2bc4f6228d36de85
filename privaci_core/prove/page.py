"""Shows a proof as one page that needs nothing else: no script runs, and nothing is fetched."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST_BARS, FEW = 25, 4
# Where the document itself stands in the page: what verifies it needs no other file.
HOLDER = '<script type="application/json" id="proof">{}</script>'
HELD = re.compile(r'<script type="application/json" id="proof">(.*?)</script>', re.DOTALL)
COLOURS = {"masked": "#2f7d5b", "copied": "#9aa5b1", "suspected": "#d9822b"}
STYLE = """
:root{color-scheme:light}body{font:15px/1.5 system-ui,sans-serif;color:#1c2733;background:#fff;max-width:1000px;
margin:2rem auto;padding:0 1rem}h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
p.lead{color:#52606d;margin:.2rem 0 1rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;
padding:.3rem .6rem;border-bottom:1px solid #e4e7eb;vertical-align:top}th{color:#52606d;font-weight:600}
td:first-child{white-space:nowrap}code{font-size:.85em;word-break:break-all}
.tiles{display:flex;flex-wrap:wrap;gap:.8rem}.tile{border:1px solid #e4e7eb;border-radius:8px;padding:.6rem 1rem;
min-width:7rem}.tile b{display:block;font-size:1.35rem}.yes{color:#2f7d5b;font-weight:600}
.no{color:#c0392b;font-weight:600}.warn{color:#b7791f;font-weight:600}svg{max-width:100%}@media print{body{margin:0}}
"""


def page_of(document: Mapping[str, Any]) -> str:
    """The page of a document, which holds the document itself as well."""
    content = document["content"]
    holds = all(check["passed"] or check["severity"] == "WARN" for check in content["checks"])
    verdict = (
        "<span class=yes>every blocking check passed</span>"
        if holds
        else "<span class=no>not proved</span>"
    )
    lead = f"Refresh {_said(content['refresh'])}, published {_said(content['published'])} by {_said(content['who'])}"
    parts = [
        f"<h1>Proof of a masked copy: {verdict}</h1><p class=lead>{lead}</p>",
        _tiles(content["totals"]),
        "<h2>What was checked</h2>",
        _checks(content["checks"]),
        "<h2>What happened to the columns</h2>",
        _columns_picture(content["columns"]),
        "<h2>Rows and time by table</h2>",
        _bars(content["tables"]),
        "<h2>What it was made of</h2>",
        _facts(document),
        "<h2>Masked columns</h2>",
        _masked(content["columns"]),
        *(
            ["<h2>Left out, or to be looked at</h2>", _list(content["notes"])]
            if content["notes"]
            else []
        ),
    ]
    held = HOLDER.format(json.dumps(document, sort_keys=True).replace("<", "\\u003c"))
    title = f"Proof {_said(content['refresh'][:12])}"
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}{held}</body></html>\n'


def document_in(page: str) -> Any:
    """The document that a page holds; None where it holds none, or shows another than it holds."""
    held = HELD.search(page)
    try:
        document = json.loads(held[1]) if held else None
        return document if document is not None and page_of(document) == page else None
    except (AttributeError, KeyError, TypeError, ValueError):
        # It is no document of ours that it holds.
        return None


def _tiles(totals: Mapping[str, Any]) -> str:
    shown = {
        "tables": f"{totals['tables']:,}",
        "rows": f"{totals['rows']:,}",
        "megabytes": f"{totals['bytes'] / 1e6:,.1f}",
        "masked columns": f"{totals['masked_columns']:,}",
        "seconds": f"{totals['seconds']:,}",
    }
    tiles = "".join(f"<div class=tile><b>{value}</b>{name}</div>" for name, value in shown.items())
    return f"<div class=tiles>{tiles}</div>"


def _checks(checks: Iterable[Mapping[str, Any]]) -> str:
    rows = []
    for check in checks:
        failed = (
            "<span class=warn>look</span>"
            if check["severity"] == "WARN"
            else "<span class=no>failed</span>"
        )
        verdict = "<span class=yes>passed</span>" if check["passed"] else failed
        found = {
            name: value for name, value in check["found"].items() if value not in ({}, [], None)
        }
        rows.append(
            (f"<code>{_said(check['name'])}</code>", verdict, _said(check["says"]), _found(found))
        )
    return _table(("check", "verdict", "what it says", "counts"), rows)


def _found(found: Mapping[str, Any]) -> str:
    return "<br>".join(
        _said(f"{name.replace('_', ' ')}: {_brief(value)}") for name, value in found.items()
    )


def _brief(value: Any) -> str:
    """A count or a few of them; of many the lowest, because that is the one to look at."""
    if (
        isinstance(value, dict)
        and len(value) > FEW
        and all(isinstance(each, int | float) for each in value.values())
    ):
        lowest = min(value, key=lambda name: (value[name], name))
        return f"{len(value)} columns, the lowest {value[lowest]} ({lowest})"
    return json.dumps(value, ensure_ascii=False)


def _columns_picture(columns: Sequence[Mapping[str, str]]) -> str:
    """One bar: how many columns are masked, copied, and copied although they may be personal."""
    real = [column for column in columns if column["type"]]
    suspected = sum("seems to hold" in column["reason"] for column in real)
    masked = sum(_masks(column) for column in real)
    counts = {"masked": masked, "suspected": suspected, "copied": len(real) - masked - suspected}
    whole, left, parts = max(len(real), 1), 0.0, []
    for name, count in counts.items():
        width = 960 * count / whole
        parts.append(
            f'<rect x="{left:.1f}" y="0" width="{width:.1f}" height="26" fill="{COLOURS[name]}"/>'
        )
        left += width
    words = {
        "masked": "masked",
        "suspected": "copied, may be personal",
        "copied": "copied as they are",
    }
    key = " &nbsp; ".join(
        f'<span style="color:{COLOURS[name]}">&#9632;</span> {count} {words[name]}'
        for name, count in counts.items()
    )
    return f'<svg viewBox="0 0 960 26" role="img" aria-label="columns">{"".join(parts)}</svg><p>{key}</p>'


def _bars(tables: Iterable[Mapping[str, Any]]) -> str:
    """The slowest tables, a bar each."""
    slowest = sorted(tables, key=lambda table: (-table["seconds"], table["name"]))[:MOST_BARS]
    longest = max((table["seconds"] for table in slowest), default=0) or 1
    parts = []
    for place, table in enumerate(slowest):
        y, width = place * 22, max(1.0, 380 * table["seconds"] / longest)
        said = f"{table['seconds']:.2f} s, {table['rows']:,} rows" + (
            ", kept from before" if table["kept"] else ""
        )
        parts.append(
            f'<text x="0" y="{y + 15}" font-size="12">{_said(table["name"])}</text>'
            f'<rect x="330" y="{y + 4}" width="{width:.1f}" height="14" fill="#3b6fb6"/>'
            f'<text x="{336 + width:.1f}" y="{y + 15}" font-size="12" fill="#52606d">{said}</text>'
        )
    height = max(22 * len(slowest), 1)
    return f'<svg viewBox="0 0 960 {height}" role="img" aria-label="time by table">{"".join(parts)}</svg>'


def _facts(document: Mapping[str, Any]) -> str:
    content = document["content"]
    signature = document.get("signature")
    facts = {
        "source": f"{content['source']['database']} (PostgreSQL {content['source']['server'] // 10000})",
        "target": content["target"]["database"],
        "run in Dagster": content["run"],
        "begun": content["begun"],
        **{f"{name} fingerprint": value for name, value in content["fingerprints"].items()},
        "made by": f"privaci-dagster {content['version']}",
        "sha256 of the content": document["sha256"],
        "signature": f"{signature['algorithm']}, key {signature['public_key']}"
        if signature
        else "none",
    }
    return _table(
        ("", ""), [(_said(name), f"<code>{_said(value)}</code>") for name, value in facts.items()]
    )


def _masked(columns: Iterable[Mapping[str, str]]) -> str:
    chosen = [column for column in columns if _masks(column)]
    rows = [
        (
            f"<code>{_said(c['table'])}.{_said(c['column'])}</code>",
            _said(c["type"]),
            _said(c["action"]),
            _said(c["reason"]),
        )
        for c in chosen
    ]
    return _table(("column", "type", "masked by", "why"), rows)


def _masks(column: Mapping[str, str]) -> bool:
    return bool(column["type"]) and column["action"] != "passthrough"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    titles = "".join(f"<th>{name}</th>" for name in head) if any(head) else ""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{_said(line)}</li>' for line in lines)}</ul>"


def _said(text: object) -> str:
    return html.escape(str(text))
