"""The group `privaci.plugins`: each kind is found by its entry points, and loaded when named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from masks.cases import KEYS

from privaci_core.errors import PreflightError
from privaci_core.masks import Shape, bind
from privaci_core.policy import parse_policy
from privaci_core.policy.plugin_kinds import KINDS, plugin_of, plugins_named

if TYPE_CHECKING:
    from pathlib import Path

    from privaci_core.policy.plugin_kinds import Kind

pytestmark = pytest.mark.unit


def install(folder: Path, entries: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a package with entry points on the path."""
    info = folder / "odd-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[privaci.plugins]\n{entries}\n")
    monkeypatch.syspath_prepend(str(folder))


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_example_has_a_plugin_of_each_kind(kind: Kind) -> None:
    """Installed as a user installs it; its class is made, and has the kind's method."""
    (name,) = plugins_named(kind.name) - kind.built_in.keys()
    assert callable(getattr(plugin_of(kind.name, name), kind.method))


@pytest.mark.usefixtures("plugins")
def test_a_connector_refines_texts() -> None:
    """A policy names it as it names a refiner; it sees what ner_mask left."""
    policy = parse_policy(
        'version: "1.0"\n'
        "tables: {a.b: {columns: {c: {action: ai_refine, provider: capitals, model: m}}}}"
    )
    mask = bind(policy.tables["a.b"].columns["c"], Shape(), KEYS)
    assert mask(pl.Series(["nothing to say"])).to_list() == ["NOTHING TO SAY"]


def test_a_plugin_that_is_missing_or_broken_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is looked for, and what to do."""
    with pytest.raises(PreflightError, match=r"notifier\.pager is installed"):
        plugin_of("notifier", "pager")
    install(
        tmp_path,
        "notifier.pager = not_there:Pager\nnotifier = pathlib:Path\nnotifierless = a:b",
        monkeypatch,
    )
    assert plugins_named("notifier") >= {"pager", "default"}
    with pytest.raises(PreflightError, match="does not load: ModuleNotFoundError"):
        plugin_of("notifier", "pager")
    with pytest.raises(PreflightError, match="has no method notify"):
        plugin_of("notifier", "default")
