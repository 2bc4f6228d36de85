"""The repository's own rules: for the scan, the locks, the docs and the hooks."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import coverage_floors  # noqa: E402 - scripts are no package
import scan_tree  # noqa: E402

pytestmark = pytest.mark.unit

LOCKS = ("requirements.lock", "requirements-runtime.lock", "requirements-build.lock")

# Put together here, so that the scan does not find them in this file.
AT, DASH = "@", "-"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (f"mail to jane.roe{AT}gmail.com please", "e-mail"),
        ("call +49 170 1234" + "567 today", "phone"),
        (f"ssn 123{DASH}45{DASH}6789", "social security"),
        ("card 45327619" + "08427517 is", "card"),
        ("from 8.8." + "8.8 came", "public IP"),
        ("at https://" + "pypi." + "org/simple", "registry"),
    ],
)
def test_the_scan_finds(line: str, kind: str) -> None:
    """Each kind of data that could be real is found."""
    found = list(scan_tree.kinds_in(line))
    assert len(found) == 1
    assert kind in found[0]


@pytest.mark.parametrize(
    "line",
    [
        "olga@example.test and olga@org1.example",
        "+15550100123",
        "000-12-3456 and 900-07-0007",
        "4111111111111111",
        "192.0.2.1 and 10.1.2.3 and 127.0.0.1",
        "version 1.2.3.4.5 of 2026-11-21",
    ],
)
def test_the_scan_leaves_alone(line: str) -> None:
    """What is reserved for examples is not taken for anybody's."""
    assert list(scan_tree.kinds_in(line)) == []


def test_the_scan_finds_a_key_and_does_not_print_it(tmp_path: Path) -> None:
    """A private key in a file is a finding that names the line and not the key."""
    path = tmp_path / "notes.txt"
    path.write_text("-----BEGIN RSA PRIVATE" + " KEY-----\nabc\n")
    findings = list(scan_tree.of_file(path))
    assert findings
    assert "BEGIN" not in findings[0]
    assert ":1:" in findings[0]


def test_floors_are_counted_by_layer() -> None:
    """A file counts for the first layer that matches it; a share is of the lines that can run."""
    lines = {"privaci_core/masks/a.py": ({1, 2, 3}, {4}), "privaci_core/b.py": ({1}, set[int]())}
    assert coverage_floors.share(coverage_floors.in_layer(lines, "privaci_core/masks/")) == 75.0
    assert coverage_floors.share(coverage_floors.in_layer(lines, "privaci_core/")) == 100.0
    assert coverage_floors.share({}) == 100.0


def test_a_layer_just_below_its_floor_says_so_and_names_the_line() -> None:
    """One line of ten thousand is not rounded away, and a log alone tells which it is."""
    lines = {"privaci_core/masks/a.py": (set(range(1, 10_000)), {10_000})}
    told = coverage_floors.report("masks", lines, 100.0)
    assert "99.9 %" in told[0]
    assert told[1:] == ["  did not run: privaci_core/masks/a.py:10000"]
    assert len(coverage_floors.report("masks", lines, 99.0)) == 1


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    """Versions are locked by hash alone."""
    text = (ROOT / lock).read_text()
    names = r"^[a-z0-9-]*http[a-z0-9-]*(\[[a-z]+\])?==.*$|\[http\]"
    assert "http" not in re.sub(names, "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_agree(lock: str) -> None:
    """The image and its build have the versions that the tests ran on."""
    locked = set(re.findall(r"^\S+==\S+", (ROOT / lock).read_text(), re.MULTILINE))
    tested = (ROOT / "requirements.lock").read_text()
    assert locked
    assert locked <= set(re.findall(r"^\S+==\S+", tested, re.MULTILINE))


def test_the_image_has_no_tools_and_no_model_of_a_third_party() -> None:
    """Its lock holds what runs: no pytest, no Faker, SQLAlchemy below 2.1."""
    locked = (ROOT / "requirements-runtime.lock").read_text()
    assert not re.search(r"^(pytest|faker|ziglang|hatchling|en-core-web)", locked, re.MULTILINE)
    assert re.search(r"^sqlalchemy==2\.0\.", locked, re.MULTILINE)
    assert re.search(r"^dagster-webserver==", locked, re.MULTILINE)


def test_every_docs_page_is_in_the_navigation() -> None:
    """A page that nobody can reach is not documentation."""
    named = re.findall(r"- (\S+\.md)", (ROOT / "mkdocs.yml").read_text())
    there = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    assert set(named) == there


def test_the_environment_page_names_every_variable() -> None:
    """What the code reads from the environment stands in the reference."""
    # Codes of errors are spelled like variables.
    pages = ("reference/environment.md", "how-to/run-the-tests.md", "reference/errors.md")
    page = "".join((ROOT / "docs" / each).read_text() for each in pages)
    sources = [
        path.read_text()
        for folder in ("privaci_core", "privaci_dagster")
        for path in (ROOT / folder).rglob("*.py")
    ]
    read = set(
        re.findall(r'"((?:PRIVACI|SOURCE|TARGET|ANONYMIZATION)_[A-Z_]+)"', "\n".join(sources))
    )
    assert read
    assert {name for name in read if f"`{name}`" not in page} == set()


def test_hooks_run_the_tools_of_make_check() -> None:
    """A commit is held to what the pipeline holds it to."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    makefile = (ROOT / "Makefile").read_text()
    for hook in hooks:
        tool = hook["entry"].split()[0].removeprefix(".venv/bin/")
        assert tool in makefile


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(
    "page", ["README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]
)
def test_policies_in_the_docs_are_valid(page: str) -> None:
    """Every block that is a policy loads as one."""
    from privaci_core.policy import parse_policy  # noqa: PLC0415 - only here

    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    for block in blocks:
        if 'version: "1.0"' in block:
            parse_policy(block, name=page)
