"""The reference page and the JSON Schema say everything that the models know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from privaci_core.policy import ACTIONS, PROVIDERS, Policy, Relation, TableRule, json_schema
from privaci_core.policy.kinds import Pack
from privaci_core.policy.load import load_policy
from privaci_core.policy.risk import Risk
from privaci_core.policy.sink import Folders, Sink
from privaci_core.policy.subset import PerParent, Subset, SubsetStart
from privaci_core.policy.yaml_text import read_yaml

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

pytestmark = pytest.mark.unit

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")
MODELS = {
    "the file": Policy,
    "a table": TableRule,
    "a relation": Relation,
    "a subset": Subset,
    "a start": SubsetStart,
    "some children": PerParent,
    "risk": Risk,
    "a pack": Pack,
    "files": Sink,
    "folders": Folders,
    **ACTIONS,
}


def described(model: Any) -> dict[str, str]:
    """A model's keys as the file spells them, with their descriptions."""
    fields = model.model_fields.items()
    return {
        field.alias or name: field.description or "" for name, field in fields if name != "action"
    }


@pytest.mark.parametrize("name", MODELS)
def test_every_key_is_documented(name: str) -> None:
    """Each key of each model has its row in the reference, in the words of the model."""
    for key, description in described(MODELS[name]).items():
        if key != "when" or name == "a relation":
            assert description, f"{name}.{key} says nothing"
            assert f"| `{key}` |" in PAGE
            assert description.replace("|", "\\|") in PAGE
    if name in ACTIONS:
        assert f"### `{name}`" in PAGE


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_is_documented(name: str) -> None:
    """Each built-in provider has its row in the reference."""
    assert f"| `{name}` | {PROVIDERS[name].makes} |" in PAGE


def test_the_examples_of_the_reference_load(tmp_path: Path) -> None:
    """Each YAML block of the reference is a valid policy."""
    blocks = [part.partition("```")[0] for part in PAGE.split("```yaml\n")[1:]]
    assert blocks
    for block in blocks:
        (tmp_path / "policy.yaml").write_text(block, encoding="utf-8")
        assert load_policy(tmp_path / "policy.yaml")
        assert not read_yaml(block).findings


def test_the_schema_is_known(snapshot: SnapshotAssertion) -> None:
    """The JSON Schema changes only on purpose."""
    assert json_schema() == snapshot


def test_the_schema_describes_every_key() -> None:
    """Editors show a description for every key of every object of the schema."""
    schema = json_schema()
    for part in [schema, *schema["$defs"].values()]:
        for key, value in part.get("properties", {}).items():
            assert key == "action" or value.get("description"), key
