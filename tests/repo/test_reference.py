"""The pages that are made from the code are what the code is."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from privaci_core import errors
from privaci_core.errors import PrivaciError
from privaci_core.policy import ACTIONS
from privaci_dagster.cli import COMMANDS

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.unit
# What needs another key, a plugin, other columns or other rows: its page tells.
WITHOUT_EXAMPLE = {
    "pseudonym",
    "hmac_hash",
    "ai_refine",
    "plugin",
    "template",
    "shuffle",
    "passthrough",
}


def test_pages_that_are_made_from_the_code_are_what_it_says() -> None:
    """`python scripts/reference.py` makes them anew: every option, and what masks make."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for path, text in module.pages().items():
        assert path.read_text(encoding="utf-8") == text
    assert {rule["action"] for rule, *_ in module.EXAMPLES} >= {*ACTIONS} - WITHOUT_EXAMPLE


def test_every_subcommand_is_on_its_page() -> None:
    """What each is for."""
    page = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"`privaci {name}`" not in page] == []


def test_every_exit_code_is_on_its_page() -> None:
    """With the error that ends so."""
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, PrivaciError)
    ]
    assert len(kinds) >= 7
    for kind in kinds:
        if kind is not PrivaciError:
            assert re.search(rf"^\| {kind.exit_code} \|.*`{kind.__name__}`", page, re.MULTILINE), (
                kind
            )
