"""The pages on scenarios name every key, and their examples are read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from privaci_core.testdata.load_scenario import parse_scenario
from privaci_core.testdata.scenario import Create, Find, Rule, Scenario, json_schema
from privaci_dagster.cli.policy_file import schema_scenario

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "reference" / "scenarios.md").read_text(encoding="utf-8")
HOW_TO = (DOCS / "how-to" / "scenarios.md").read_text(encoding="utf-8")
YAML = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.unit


def test_the_reference_has_a_row_for_every_key() -> None:
    """Each key of the format stands in a table of the reference, and no other does."""
    rows = set(re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", REFERENCE, re.MULTILINE))
    keys = {key for model in (Scenario, Find, Create, Rule) for key in model.model_fields}
    assert rows == keys


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """`privaci schema scenario` prints the JSON Schema and nothing else."""
    schema_scenario()
    assert json.loads(capsys.readouterr().out) == json_schema()


@pytest.mark.parametrize("page", [REFERENCE, HOW_TO], ids=["reference", "how-to"])
def test_the_examples_are_scenarios(page: str) -> None:
    """Each example is read without a mistake."""
    examples = YAML.findall(page)
    assert examples
    for example in examples:
        assert parse_scenario(example).rows
