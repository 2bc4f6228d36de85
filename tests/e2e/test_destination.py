"""Where documents go that an option names, and the PDF of a page."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from privaci_core.errors import PreflightError
from privaci_core.stores.store import open_store
from privaci_dagster.cli.destination import write_document
from privaci_dagster.cli.pdf import BROWSERS, pdf_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit


def test_a_document_becomes_an_object_of_a_store() -> None:
    """The last part of the URL is its name, the rest the store."""
    write_document("memory:///evidence/run/report.json", b"{}")
    store = open_store("memory:///evidence/run", {})
    assert b"".join(store.get_unchecked("report.json")) == b"{}"


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("ftp://host.example.test/a", "no store has such a URL"),
        ("file://host.example.test/a", "followed by an absolute path"),
        ("memory:///evidence/", "no object in it"),
        ("s3://bucket", "no object in it"),
    ],
)
def test_a_place_that_is_none_is_refused(where: str, why: str) -> None:
    """In words, before a client is asked."""
    with pytest.raises(PreflightError, match=why):
        write_document(where, b"")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A folder in its place."""
    with pytest.raises(PreflightError, match=str(tmp_path)):
        write_document(str(tmp_path), b"")


@pytest.mark.skipif(
    not any(map(shutil.which, BROWSERS)), reason="no Chromium (Debian: apt-get install chromium)"
)
def test_a_page_is_printed() -> None:
    """As a PDF of at least one page."""
    printed = pdf_of("<!doctype html><title>t</title><p>three words here")
    assert printed.startswith(b"%PDF-")
    assert b"/Type /Page" in printed
