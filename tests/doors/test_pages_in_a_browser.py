"""Our pages in a real browser, at three widths, light and dark: nothing is cut off or too faint."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from privaci_core.prove.document import document_of
from privaci_core.prove.page import page_of
from privaci_core.testdata.events import Event
from privaci_core.testdata.registry import Run
from privaci_dagster.api.audit_page import audit_page, missing_page
from privaci_dagster.api.reference_page import reference_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium here (Debian: apt-get install chromium)"
    ),
]

WIDTHS = (390, 768, 1300)
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
LONG = "a_schema_of_some_department.a_table_with_quite_a_long_name_for_its_rows"
# Every text whose colour is too near to what is behind it, as WCAG 2 measures it for small letters.
FAINT = """() => {
  const light = rgb => rgb.map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const behind = at => {
    for (; at; at = at.parentElement) {
      const found = parts(getComputedStyle(at).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found.slice(0, 3);
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  };
  const texts = [...document.body.querySelectorAll("*")].filter(at => at.checkVisibility()
    && !at.closest("svg, script, style, .dot")
    && [...at.childNodes].some(one => one.nodeType === 3 && one.textContent.trim()));
  return texts.filter(at => {
    const pair = [parts(getComputedStyle(at).color).slice(0, 3), behind(at)].map(light).sort();
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05) < 4.5;
  }).map(at => `${at.tagName} ${at.className}`);
}"""


def proof() -> str:
    """The page of a proof with every section, and long names."""
    columns = [
        {"table": LONG, "column": f"{name}_column", "type": "character varying(200)", **more}
        for name, more in {
            "masked": {"action": "fake email", "reason": "rule", "kind": "email"},
            "odd": {"action": "passthrough", "reason": "no rule; seems to hold city (low)",
                    "copied_because": "weak_sign"},
            "plain": {"action": "passthrough", "reason": "no rule", "copied_because": "no_sign"},
        }.items()
    ]  # fmt: skip
    measured = {
        "k": 5, "quasi_identifiers": {LONG: ["born", "town"]}, "rows_measured": {LONG: 100},
        "smallest_class": {LONG: 1}, "rows_below_k": {LONG: 9},
    }  # fmt: skip
    checks = [
        {"name": "all_columns_reviewed", "says": "s", "passed": False, "severity": "WARN",
         "found": {"what_to_do": [f"{LONG}.phone looks personal."]}},
        {"name": "no_originals", "says": "s", "passed": False, "severity": "ERROR",
         "found": {"originals": 9, "searched": 9, "search": "sample"}},
        {"name": "k_anonymity", "says": "s", "passed": True, "severity": "ERROR",
         "found": measured},
    ]  # fmt: skip
    ledger = {"rows": 9, "whole": "0" * 16, "columns": {"masked_column": {"sum": "f", "nulls": 0}}}
    table = {"name": LONG, "rows": 9, "bytes": 9, "seconds": 1.5, "kept": True, "ledger": ledger}
    subset = {"starts": [], "brought": [{"name": LONG, "how": "start", "begin": "", "end": LONG,
                                         "rows": 9}]}  # fmt: skip
    totals = {"tables": 1, "rows": 9, "bytes": 9, "seconds": 1.5, "masked_columns": 1}
    content = {
        "refresh": "r" * 36, "run": "r" * 36, "who": "w", "begun": "b", "published": "p",
        "version": "0", "source": {"database": "/a/socket:5432/shop", "server": 160000},
        "target": {"database": "t"}, "fingerprints": {"policy": "f" * 64}, "totals": totals,
        "tables": [table], "checks": checks, "columns": columns, "notes": ["A note."],
        "drift": [{"place": LONG, "kind": "added", "said": "new", "blocks": True}],
        "subset": subset,
    }  # fmt: skip
    return page_of(document_of(content, None))


def audit() -> str:
    """The page of a run of test data."""
    run = Run(
        run="01JDPQ0000000000000000000A", request="tdr_1", scenario="claim_denial", invoker="ci",
        status="ready", created=NOON, expires=NOON + timedelta(hours=24), ended=None,
        strategy="after_test", seed="s", constraints={}, requirement_ids=(), refresh="r",
        database_name=None,
    )  # fmt: skip
    rows = [{"role": "member", "table": LONG, "key": {"id": "7" * 40}, "found": True}]
    common: dict[str, Any] = {"run": run.run, "request": "tdr_1", "scenario": run.scenario,
                              "invoker": "ci", "at": NOON}  # fmt: skip
    events = [
        Event(action="request_received", status="ok", outputs={}, **common),
        Event(action="fixtures_rendered", status="ok", outputs={"rows": rows}, **common),
        Event(action="reset_refused", status="refused", outputs={"reason": "x" * 80}, **common),
    ]
    return audit_page(run, events)


def reference() -> str:
    """The page of the service's paths."""
    parameter = {"name": "a_rather_long_parameter_name", "in": "query", "description": "What for."}
    found = {"tags": ["audit"], "summary": "Lists runs.", "parameters": [parameter]}
    info = {"title": "Test data", "version": "1", "description": "Rows for tests."}
    paths = {"/test-data/requests/{run_id}/a/very/long/path/of/some/kind": {"get": found}}
    return reference_page({"info": info, "paths": paths, "components": {"schemas": {}}})


PAGES = {"proof": proof, "audit": audit, "missing": missing_page, "reference": reference}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not every machine has it

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_and_can_be_read(
    name: str, scheme: Any, browser: Browser, tmp_path: Path
) -> None:
    """It never scrolls sideways, and each text stands out from what is behind it."""
    path = tmp_path / f"{name}.html"
    path.write_text(PAGES[name](), encoding="utf-8")
    page = browser.new_page(color_scheme=scheme)
    page.goto(path.as_uri())
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        assert page.evaluate(FAINT) == [], width
    page.close()


def test_a_proof_is_printed_whole(browser: Browser, tmp_path: Path) -> None:
    """On paper nothing is folded, and dark mode does not print black."""
    path = tmp_path / "proof.html"
    path.write_text(proof(), encoding="utf-8")
    page = browser.new_page(color_scheme="dark")
    page.goto(path.as_uri())
    shown = "document.querySelector('details table').checkVisibility()"
    assert not page.evaluate(shown)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(shown)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    page.close()
