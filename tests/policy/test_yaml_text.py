"""YAML is read without its dangers: doubles, tags, bombs, and messages that quote the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yaml import safe_dump, safe_load

from privaci_core.policy import FindingsError, load_policy, parse_policy
from privaci_core.policy.yaml_text import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 10)
)
WORDS = st.text("abcXYZ _-:#'\"{}[]!&*%@\n", max_size=12)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=4), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=4), DOCUMENTS, min_size=1))
def test_what_is_written_is_read(document: dict[str, object]) -> None:
    """What a YAML writer wrote is read back the same, as the usual safe loader does."""
    text = safe_dump(document, default_flow_style=None)
    reading = read_yaml(text)
    assert reading.findings == []
    assert reading.value == document == safe_load(text)


@pytest.mark.parametrize("text", [BOMB, "a: &a [*a]", "[" * 100_000, "- " * 200])
def test_bombs_are_refused(text: str) -> None:
    """What expands or nests without end is refused before it is built."""
    (finding,) = read_yaml(text).findings
    assert finding.reason == "the file is too large or too deeply nested"


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("a: 1\nb: 2\na: 3", "the key is repeated from line 1", 3),
        ("a:\n  b: !!python/object/apply:os.system [x]", "there is a YAML tag", 2),
        ("a: !mine x", "there is a YAML tag", 1),
        ("a: !!int x", "the value is not of the type its tag says", 1),
        ("? [a]\n: 1", "a key is not plain text", 1),
        ("a: 1\n<<: 3", "`<<` merges mappings only", 2),
        ("a: 1\n b: 2", "not valid YAML: mapping values are not allowed in this context", 2),
        (
            "a:\n b: {c: d\n e: f",
            "not valid YAML: the { of this line is not closed, or lacks a comma",
            2,
        ),
        ("a: [b,\nc: {}", "not valid YAML: the [ of this line is not closed, or lacks a comma", 1),
        ('a: "b\nc: d\n', "not valid YAML: the quote of this line is not closed", 1),
        ("a: 1\nb:2\nc: 3", "not valid YAML: this line is no key with a value", 2),
        ("a:\n\tb: 1", "not valid YAML: a tab, or a sign that begins no value", 2),
        ("a:\n  b: 1\n c: 2", "not valid YAML: its indentation is that of no line above", 3),
        ("a: *nowhere", "not valid YAML: found undefined alias", 1),
        ("a: \x00", "the file holds a control character", None),
    ],
)
def test_bad_forms_are_found(text: str, reason: str, line: int | None) -> None:
    """Each bad form of YAML is a finding with its line and no part of the text."""
    (finding,) = read_yaml(text).findings
    assert (finding.reason, finding.line) == (reason, line)


def test_dates_and_keys_stay_as_written() -> None:
    """A value that looks like a date, and a key that looks like a boolean, stay text."""
    assert read_yaml("on: 2020-01-01\n1: x").value == {"on": "2020-01-01", "1": "x"}


def test_files_that_cannot_be_read_are_findings(tmp_path: Path) -> None:
    """A missing, a foreign-encoded and an oversized file are refused like a bad policy."""
    (tmp_path / "latin.yaml").write_bytes(b"version: \xff")
    (tmp_path / "large.yaml").write_bytes(b"#" * (16 * 1024 * 1024 + 1))
    for name, reason in {
        "none": "cannot be read",
        "latin": "not UTF-8",
        "large": "too large",
    }.items():
        with pytest.raises(FindingsError, match=reason):
            load_policy(tmp_path / f"{name}.yaml")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """A file saved with a byte order mark loads."""
    (tmp_path / "mark.yaml").write_bytes(b'\xef\xbb\xbfversion: "1.0"')
    assert load_policy(tmp_path / "mark.yaml") == parse_policy('version: "1.0"')
