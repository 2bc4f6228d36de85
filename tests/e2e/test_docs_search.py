"""The documentation is searched from its files, and sections are found whole."""

from __future__ import annotations

import pytest

from privaci_core.errors import PreflightError
from privaci_dagster.cli.docs import docs
from privaci_dagster.cli.docs_sections import Section, found_in, sections_of

pytestmark = pytest.mark.unit

PAGE = """# Keep keys

Foreign keys need no rule.

## Sign it

```yaml
# a comment, and no heading
salt: here
```

After the block.

### With a key

Ed25519.

## Other

Salt and key, key.
"""


def test_a_page_is_cut_at_its_headings() -> None:
    """A comment inside a block of code begins no section; anchors are those of links."""
    anchors = [section.anchor for section in sections_of("how-to/keys", PAGE)]
    assert anchors == ["keep-keys", "sign-it", "with-a-key", "other"]


def test_a_section_is_printed_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    """A comment in its blocks does not cut it off; an unknown section is the whole page."""
    docs("how-to/kubernetes#with-dagsters-own-deployment")
    section = capsys.readouterr().out
    assert section.startswith("## With Dagster's own deployment")
    assert "What is shared" in section
    assert "## Steps on several machines" not in section
    docs("how-to/kubernetes#nowhere")
    assert capsys.readouterr().out.startswith("# Kubernetes")


def test_all_words_must_be_there_and_headings_count_most() -> None:
    """In any case and order; the section that says it in its heading comes first."""
    sections = sections_of("how-to/keys", PAGE)
    assert [one.anchor for one in found_in(sections, "KEY")] == ["keep-keys", "with-a-key", "other"]
    assert [one.anchor for one in found_in(sections, "key salt")] == ["other"]
    assert found_in(sections, "absent") == []


def test_a_line_with_the_words_is_shown() -> None:
    """The one that has most of them."""
    (section,) = found_in(sections_of("p", "# A\n\nnothing\nsalt\nsalt and key\n"), "key salt")
    assert isinstance(section, Section)
    assert section.line_with(["key", "salt"]) == "salt and key"


def test_the_command_lists_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with the name under which the same command prints it."""
    docs(search="proof public key")
    said = capsys.readouterr().out
    assert "how-to/proofs#verify-it" in said
    first = said.split(maxsplit=1)[0]
    docs(first)
    assert capsys.readouterr().out.startswith("#")


def test_nothing_found_is_said() -> None:
    """With what to do."""
    with pytest.raises(PreflightError, match="no section has all of these words"):
        docs(search="xyzzy plugh")
