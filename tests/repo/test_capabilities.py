"""The list of capabilities: its tests exist, README stands on it, and no figure is made up."""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from scripts.capabilities.listed import (  # noqa: E402 - scripts are no installed package
    Capability,
    Figure,
    Room,
    capabilities,
    refusal,
)
from scripts.capabilities.report import write_report  # noqa: E402
from scripts.capabilities.results import (  # noqa: E402
    Trial,
    confidence,
    result_of,
    trials_in,
)

pytestmark = pytest.mark.unit

JUNIT = """<testsuites><testsuite>
<testcase classname="tests.leaks.test_found" name="test_all[a]"><properties>
  <property name="found" value="2"/><property name="planted" value="3"/>
  <property name="rate" value="0.75"/><property name="server" value="of 16"/>
  </properties></testcase>
<testcase classname="tests.leaks.test_found" name="test_all[b]"><properties>
  <property name="found" value="1"/><property name="planted" value="1"/>
  <property name="rate" value="0.5"/></properties></testcase>
<testcase classname="tests.leaks.test_found" name="test_all_more"><failure/></testcase>
<testcase classname="tests.leaks.test_other" name="test_one"><skipped/></testcase>
</testsuite></testsuites>"""


def capability(*tests: str, **changed: Any) -> Capability:
    """A capability that these tests prove."""
    usual = {"id": "leaks", "says": "Finds <leaks>.", "scope": "masking", "readme": ()}
    return Capability(**{**usual, **changed}, tests=tests)


@pytest.fixture
def trials(tmp_path: Path) -> tuple[Trial, ...]:
    """The tests of a run."""
    path = tmp_path / "junit.xml"
    path.write_text(JUNIT)
    return trials_in(path)


def test_each_named_test_exists() -> None:
    """A test that was renamed must not leave a claim that nothing proves."""
    for each in capabilities():
        assert each.tests, each.id
        for node in each.tests:
            path, _, name = node.partition("::")
            found = ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
            names = {one.name for one in found if isinstance(one, ast.FunctionDef)}
            assert name in names if name else any(one.startswith("test_") for one in names), node


def test_each_figure_is_recorded_by_its_tests() -> None:
    """What no test measures cannot be in a report."""
    for each in capabilities():
        files = {node.partition("::")[0] for node in each.tests}
        text = "".join((ROOT / path).read_text(encoding="utf-8") for path in files)
        for figure in each.figures:
            for name in figure.properties:
                counted = name.removesuffix("_checked")
                assert f'"{name}"' in text or f'"{counted}"' in text, (each.id, name)


def test_the_readme_claims_what_is_listed() -> None:
    """Every phrase of its table's first column stands on a capability, and none is left over."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| (.+?) \| .* \|$", readme.partition("| it does |")[2], re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", cell) for cell in table]
    phrases = {phrase.strip() for cell in plain for phrase in re.split("[,;:]", cell)}
    listed = [phrase for each in capabilities() for phrase in each.readme]
    assert len(phrases) > 20
    assert sorted(listed) == sorted(phrases)


def test_names_are_unique_and_an_unknown_one_is_refused() -> None:
    """A misspelt name proves nothing."""
    ids = [each.id for each in capabilities()]
    assert len(set(ids)) == len(ids)
    assert [each.id for each in capabilities(["leaks"])] == ["leaks"]
    with pytest.raises(SystemExit, match="no such capability: leeks"):
        capabilities(["leeks"])


def test_figures_are_those_of_the_run(trials: tuple[Trial, ...]) -> None:
    """Sums of what its tests measured, or the lowest; one that was not measured is not there."""
    figures = (
        Figure(name="leaks", sum="found", of="planted"),
        Figure(name="all", sum="planted"),
        Figure(name="worst", lowest="rate"),
        Figure(name="never", sum="never"),
    )
    node = "tests/leaks/test_found.py::test_all"
    result = result_of(capability(node, figures=figures), trials)
    assert result.verdict == "proved"
    assert result.figures == {"leaks": "3 of 4", "all": "4", "worst": "0.500"}
    assert result.counts == {"passed": 2}


@pytest.mark.parametrize(
    ("nodes", "verdict", "why"),
    [
        (("tests/leaks/test_found.py",), "failed", "test_all_more"),
        (("tests/leaks/test_other.py",), "not run", "none of its tests ran"),
        (("tests/leaks/test_gone.py",), "not run", "none of its tests ran"),
        (("tests/leaks/test_found.py::test_all[a]", "tests/x.py"), "proved in part", "tests/x.py"),
        (("tests/leaks/test_found.py::test_all", "tests/leaks/test_other.py"), "proved in part",
         "tests/leaks/test_other.py"),
    ],
)  # fmt: skip
def test_a_verdict_needs_tests_that_ran_and_passed(
    nodes: tuple[str, ...], verdict: str, why: str, trials: tuple[Trial, ...]
) -> None:
    """What failed, did not run or was skipped is named."""
    result = result_of(capability(*nodes), trials)
    assert (result.verdict, why in result.why) == (verdict, True)


def test_of_many_tests_the_first_are_named() -> None:
    """A law that some masks skip would fill a page with their names."""
    passed = Trial(module="tests.x", name="test_a[0]", ending="passed")
    skips = [Trial(module="tests.x", name=f"test_a[{n}]", ending="skipped") for n in range(1, 6)]
    result = result_of(capability("tests/x.py"), [passed, *skips])
    assert result.why == "skipped: test_a[1], test_a[2], test_a[3] and 2 more"


def test_too_little_room_is_a_reason() -> None:
    """It says of what there is too little; nothing is proved by it."""
    wide = capability("tests/x.py", memory=2000, disk=3000)
    assert refusal(wide, Room(memory=2000, disk=3000)) == ""
    why = refusal(wide, Room(memory=1999, disk=10))
    said = "2,000 MiB of memory, and 1,999 are free; 3,000 MiB of disk, and 10 are free"
    assert why == f"its tests need {said}"
    assert result_of(wide, (), why).verdict == "refused"


def test_confidence_is_of_masking_alone(trials: tuple[Trial, ...]) -> None:
    """Full only if every capability of masking was proved in this run."""
    proved = result_of(capability("tests/leaks/test_found.py::test_all"), trials)
    failed = result_of(capability("tests/leaks/test_found.py", id="spoilt"), trials)
    absent = result_of(capability("tests/x.py", id="absent"), trials)
    other = result_of(capability("tests/x.py", scope="infrastructure"), trials)
    assert confidence([proved, other]).startswith("Full: 1 of 1 masking")
    assert confidence([proved, absent]).endswith("in this run; not absent (not run).")
    assert confidence([proved, absent]).startswith("Partial: 1 of 2")
    assert confidence([proved, failed]).startswith("None: 1 of 2")


def test_the_report_is_written_twice(trials: tuple[Trial, ...], tmp_path: Path) -> None:
    """As JSON for programs, and as a page that quotes what it shows."""
    node = "tests/leaks/test_found.py::test_all"
    figures = (Figure(name="leaks", sum="found", of="planted"),)
    results = [result_of(capability(node, figures=figures), trials)]
    told, page = write_report(tmp_path, results, Room(memory=1, disk=2), "now", "abc")
    listed = json.loads(told.read_text())
    assert listed["capabilities"][0]["figures"] == {"leaks": "3 of 4"}
    assert listed["masking confidence"].startswith("Full")
    text = page.read_text()
    assert "Finds &lt;leaks&gt;." in text
    assert "leaks: 3 of 4" in text
    assert node in text
