"""Draws a proof as one HTML page that runs no script and fetches nothing, and reads it back.

The page holds its document. It verifies only if the document draws the same page, byte for byte,
so a template in pages/ never changes once it was published: a new wording is a new format.
"""

from __future__ import annotations

import html
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined, Template, TemplateError
from markupsafe import Markup

from privaci_core.prove.document import (
    FIRST_FORMAT,
    Verified,
    document_from,
    signing_key_name,
    verified,
    verified_file,
)
from privaci_core.prove.page_columns import copied_columns, masked_columns, without_rows
from privaci_core.prove.page_figures import (
    bars_of,
    columns_of,
    counts_of,
    other_counts_of,
    sentences_in,
)
from privaci_core.prove.page_proved import (
    ledger_columns,
    passed_counts,
    proved,
    searched_of,
    unreviewed_of,
)
from privaci_core.prove.page_risk import risk_of, share_of
from privaci_core.prove.page_subset import subset_picture

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# What drawing says of a document that is none of ours, or of a later version.
UNREADABLE = (
    AttributeError,
    KeyError,
    OSError,
    RecursionError,
    TemplateError,
    TypeError,
    ValueError,
)
PAGES = Path(__file__).with_name("pages")
NEWEST = 5
# Earlier pages do not say all that later documents hold.
FIRST_OF_NEW_DOCUMENTS = 3
DOCUMENT = re.compile(r'<script type="application/json" id="proof">(.*?)</script>', re.DOTALL)
TICKED = re.compile("`([^`]+)`")
# Pages of the first format do not name it.
FORMAT = re.compile(r'<html lang="en" data-format="(\d+)">')


def page_of(document: Mapping[str, Any]) -> str:
    """The page of a document, which holds the document itself as well."""
    return _drawn(document, NEWEST)


def document_in(page: str) -> Any:
    """The document in a page; None if there is none, or if it draws another page."""
    found, named = DOCUMENT.search(page), FORMAT.search(page)
    try:
        document = json.loads(found[1]) if found else {}
        number = int(named[1]) if named else 1
        old = number < FIRST_OF_NEW_DOCUMENTS and document["content"]["format"] != FIRST_FORMAT
        drawn = None if old else _drawn(document, number)
    except UNREADABLE:
        return None
    return document if drawn == page else None


def proof_in(octets: bytes) -> dict[str, Any] | None:
    """The document in a proof's file or page; None if it is neither, or a page was edited."""
    page = _page_in(octets)
    document = document_from(octets) if page is None else document_in(page)
    return document if isinstance(document, dict) else None


def verified_proof(octets: bytes, trusted: Ed25519PublicKey | None) -> Verified:
    """Check a proof's file or page; a trusted key must be the one that signed it."""
    if _page_in(octets) is None:
        return verified_file(octets, trusted)
    return verified(proof_in(octets) or {}, trusted)


def _page_in(octets: bytes) -> str | None:
    """The text of a page; None if the octets are no page."""
    if not octets.lstrip().startswith(b"<"):
        return None
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return ""


def _drawn(document: Any, number: int) -> str:
    content = document["content"]
    checks = content["checks"]
    signature = document.get("signature")
    said = f"{signature['algorithm']}, key {signature['public_key']}" if signature else "none"
    text = json.dumps(document, sort_keys=True).replace("<", "\\u003c")
    page = _template(number).render(
        document=document,
        content=content,
        held=Markup(text),  # noqa: S704 - JSON in which no tag can begin
        holds=all(check["passed"] or check["severity"] == "WARN" for check in checks),
        proved=proved(checks),
        searched=searched_of(checks),
        columns=columns_of(content["columns"]),
        reviewed_columns=columns_of(content["columns"], unreviewed_of(checks)),
        bars=bars_of(content["tables"]),
        signature=said,
        subset=subset_picture(content),
        **_of_format_5(document),
    )
    return f"{page}\n"


def _of_format_5(document: Mapping[str, Any]) -> dict[str, Any]:
    """What earlier pages did not draw."""
    content, checks = document["content"], document["content"]["checks"]
    return {
        "signed_by": signing_key_name(document),
        "warnings": sum(check["severity"] == "WARN" and not check["passed"] for check in checks),
        "counted": passed_counts(checks),
        "risk": risk_of(checks),
        "masked": masked_columns(content),
        "copied": copied_columns(content["columns"], unreviewed_of(checks)),
        "without_rows": without_rows(content["columns"]),
    }


@cache
def _template(number: int) -> Template:
    """A format's template; its line breaks are for readers of the file, and not in the page."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, finalize=_escaped)
    environment.filters["counts"] = counts_of
    environment.filters["other_counts"] = other_counts_of
    environment.filters["sentences"] = sentences_in
    environment.filters["ledger_columns"] = ledger_columns
    environment.filters["share"] = share_of
    environment.filters["ticked"] = _ticked
    for variable, name in (("style", "style.css"), ("style_5", "5.css")):
        style = (PAGES / name).read_text(encoding="utf-8")
        environment.globals[variable] = Markup(style)  # noqa: S704 - a file of the package
    lines = (PAGES / f"{number}.html").read_text(encoding="utf-8").splitlines()
    return environment.from_string("".join(lines))


def _ticked(sentence: str) -> Markup:
    """A sentence whose words in back quotes are code."""
    return Markup(TICKED.sub(r"<code>\1</code>", str(_escaped(sentence))))  # noqa: S704 - escaped


def _escaped(value: object) -> Markup:
    """Escape quotes as Python's html module does, which drew the first pages."""
    return value if isinstance(value, Markup) else Markup(html.escape(str(value)))  # noqa: S704 - escaped
