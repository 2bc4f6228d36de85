"""Plugins: found by entry points, refused where they are missing; an example package installs."""

from __future__ import annotations

import json
import os
from importlib.metadata import EntryPoints
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from masks.cases import KEYS

from privaci_core.errors import CopyError, PreflightError
from privaci_core.masks import Shape, Unbindable, bind
from privaci_core.masks.text.recordings import CASSETTE_VARIABLE, RECORD_VARIABLE
from privaci_core.policy import FindingsError, parse_policy, plugins
from privaci_core.policy.plugins import MASK_PLUGINS, PROVIDER_PLUGINS, installed

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit

TEXTS = ["Olga  Farrow called   today", "nothing to   say"]


def mask_of(rule: str, shape: Shape | None = None) -> Any:
    """The mask of a rule as a policy file has it."""
    policy = parse_policy(f'version: "1.0"\ntables: {{a.b: {{columns: {{c: {rule}}}}}}}')
    return bind(policy.tables["a.b"].columns["c"], shape or Shape(), KEYS)


AI = "{action: ai_refine, provider: plain, model: any, params: {end: '!'}}"


@pytest.mark.usefixtures("plugins")
def test_a_provider_of_a_plugin() -> None:
    """Deterministic, fitted, and refused where it would have to be unique."""
    values = pl.Series(["Ada", "Bo", None, "", "Ada"])
    mask = mask_of("{action: fake, provider: star_sign}")
    fakes = mask(values).to_list()
    assert fakes == mask(values).to_list()
    assert fakes[0] == fakes[4]
    assert fakes[2:4] == [None, ""]
    assert not {"Ada", "Bo"} & set(fakes)
    assert (
        mask_of("{action: fake, provider: star_sign}", Shape(max_length=3))(values)
        .str.len_chars()
        .max()
        == 3
    )
    with pytest.raises(Unbindable, match="does not promise to stay unique"):
        mask_of("{action: fake, provider: star_sign}", Shape(unique=True))


@pytest.mark.usefixtures("plugins")
def test_a_mask_of_a_plugin() -> None:
    """It binds itself: settings, key and column are its own to look at; inside documents too."""
    rule = "{action: plugin, name: first_letters, params: {count: '2'}}"
    (fake,) = mask_of(rule)(pl.Series(["Farrow"]))
    assert fake.startswith("Fa")
    assert len(fake) == 8
    assert fake != "Farrow"
    with pytest.raises(Unbindable, match="eight characters"):
        mask_of(rule, Shape(max_length=3))
    document = mask_of(f"{{action: json, paths: {{$.a: {rule}}}}}")(pl.Series(['{"a": "Farrow"}']))
    assert json.loads(document[0]) == {"a": fake}


@pytest.mark.usefixtures("plugins")
def test_a_refiner_sees_no_original(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it is given has been masked; it writes it anew."""
    import privaci_example  # noqa: PLC0415 - installed by the fixture

    seen: list[str] = []

    def spy(texts: list[str], *, model: str, params: dict[str, str]) -> list[str]:
        seen.extend(texts)
        return [f"{model}: {text}{params['end']}" for text in texts]

    monkeypatch.setattr(privaci_example, "plain", spy)
    fakes = mask_of(AI)(pl.Series(TEXTS)).to_list()
    assert all("Farrow" not in text and "Olga" not in text for text in [*seen, *fakes])
    assert fakes[1] == "any: nothing to   say!"
    assert len(mask_of(AI, Shape(max_length=5))(pl.Series(TEXTS))[0]) == 5


@pytest.mark.usefixtures("plugins")
def test_a_refiner_must_answer_every_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer answers than texts would put one row's text into another."""
    monkeypatch.setattr("privaci_example.plain", lambda texts, **_: texts[1:])
    with pytest.raises(CopyError, match="gave back 1"):
        mask_of(AI)(pl.Series(TEXTS))


@pytest.mark.usefixtures("plugins")
def test_a_cassette_replays_what_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorded once, then played without the plugin; what is not on it is refused."""
    monkeypatch.setenv(CASSETTE_VARIABLE, str(tmp_path / "texts.jsonl"))
    with pytest.raises(CopyError, match="no answer to 2 of 2"):
        mask_of(AI)(pl.Series(TEXTS))
    monkeypatch.setenv(RECORD_VARIABLE, "1")
    recorded = mask_of(AI)(pl.Series(TEXTS)).to_list()
    monkeypatch.delenv(RECORD_VARIABLE)
    monkeypatch.setattr("privaci_example.plain", lambda *_, **__: [])
    assert mask_of(AI)(pl.Series(TEXTS)).to_list() == recorded
    assert "Farrow" not in (tmp_path / "texts.jsonl").read_text()
    with pytest.raises(CopyError, match="no answer to 1 of 1"):
        mask_of(AI)(pl.Series(["something else"]))


@pytest.mark.usefixtures("plugins")
def test_a_cassette_holds_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer with data that could be a real person's is neither recorded nor replayed."""
    cassette = tmp_path / "texts.jsonl"
    monkeypatch.setenv(CASSETTE_VARIABLE, str(cassette))
    monkeypatch.setenv(RECORD_VARIABLE, "1")
    somebody = "write to olga@" + "somewhere.org"
    monkeypatch.setattr("privaci_example.plain", lambda texts, **_: [somebody for _ in texts])
    with pytest.raises(CopyError, match="an e-mail address outside the reserved domains"):
        mask_of(AI)(pl.Series(TEXTS))
    assert not cassette.exists()
    for line, why in (
        (json.dumps({"asked": "x", "said": somebody}), "e-mail"),
        ("{}", "is not a recorded answer"),
    ):
        cassette.write_text(line + "\n")
        with pytest.raises(PreflightError, match=why) as caught:
            mask_of(AI)
        assert "olga" not in str(caught.value)


def test_without_plugins_they_are_refused() -> None:
    """The file is refused before anything connects, with what to do."""
    for rule, why in (
        (AI, "no plugin `plain` for ai_refine is installed"),
        ("{action: plugin, name: first_letters}", "no plugin `first_letters`"),
        ("{action: fake, provider: star_sign}", "star_sign"),
    ):
        with pytest.raises(FindingsError, match=why):
            mask_of(rule)


@pytest.mark.usefixtures("plugins")
def test_a_wrong_name_gets_the_nearest() -> None:
    """As for everything else that is named in a policy."""
    for rule, near in (
        ("{action: plugin, name: first_leters}", "first_letters"),
        ("{action: ai_refine, provider: plane, model: m}", "plain"),
    ):
        with pytest.raises(FindingsError, match=f"Did you mean `{near}`"):
            mask_of(rule)


def test_a_plugin_that_does_not_load_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken package is its author's; the plan says which."""
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[privaci.masks]\nbroken = not_there:mask\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(
        Unbindable, match=r"broken \(not_there:mask\) does not load: ModuleNotFoundError"
    ):
        mask_of("{action: plugin, name: broken}")


@pytest.mark.live
def test_an_installed_language_model_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plugin and model of the environment answer without an original, and replay."""
    provider, model = os.environ["PRIVACI_TEST_REFINER"].split(":", 1)
    rule = f"{{action: ai_refine, provider: {provider}, model: {model}}}"
    monkeypatch.setenv(CASSETTE_VARIABLE, str(tmp_path / "live.jsonl"))
    monkeypatch.setenv(RECORD_VARIABLE, "1")
    said = mask_of(rule)(pl.Series(TEXTS)).to_list()
    assert all(said)
    assert not any(word in text for text in said for word in ("Olga", "Farrow"))
    monkeypatch.delenv(RECORD_VARIABLE)
    assert mask_of(rule)(pl.Series(TEXTS)).to_list() == said


def test_installed_packages_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy asks for four groups of plugins, and each package has a file of them."""
    read: list[str] = []
    monkeypatch.setattr(plugins, "entry_points", lambda: read.append("") or EntryPoints())
    monkeypatch.syspath_prepend("/where/nothing/is")
    assert installed(PROVIDER_PLUGINS) == installed(MASK_PLUGINS) == frozenset()
    assert len(read) == 1
