"""The model that reads texts: what of it runs, and that batches change nothing of what it finds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import spacy
from thinc.api import NumpyOps

from privaci_core.masks.text import entity_model
from privaci_core.masks.text.entity_model import BATCH_CHARACTERS, EntityModel, load
from privaci_core.masks.text.named_entities import model_name

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.unit

TEXTS = [
    *("", " ", "nothing new on this one, closing.", "Olga Farrow moved to Berlin in May.\n\n"),
    "Acme Inc. owes Tomasz Chukwuemeka 100 dollars since Monday. " * 40,
    *(f"{name} called {name} from London." for name in ("Ann", "Yamaguchi", "olga", "ACME")),
    "Rosalind Yamaguchi " * (BATCH_CHARACTERS // 10),
]


class Layer:
    """A layer of a part, which is computed by some library."""

    def __init__(self, name: str, ops: Any = None) -> None:
        self.name, self.ops = name, ops


class Part:
    """A part of a model, that says what it was asked."""

    def __init__(self, *layers: Layer, beam_width: int = 1) -> None:
        self.model, self.layers = self, layers
        self.cfg = {"beam_width": beam_width}
        self.read: list[list[str]] = []

    def walk(self) -> Iterator[Layer]:
        """Every layer."""
        return iter(self.layers)

    def predict(self, documents: list[str]) -> str:
        """Something for all documents."""
        self.read.append(documents)
        return "found"

    def set_annotations(self, _documents: list[str], found: str) -> None:
        """Take what was predicted."""
        assert found == "found"


class Language:
    """A model of spaCy with all its parts."""

    pipe_names = ("tok2vec", "tagger", "transformer", "ner")

    def __init__(self, part: Part) -> None:
        self.part = part
        self.pipeline = [("ner", part)]
        self.enabled: list[str] = []

    def get_pipe(self, name: str) -> Part:
        """The part that finds entities."""
        assert name == "ner"
        return self.part

    def select_pipes(self, *, enable: list[str]) -> None:
        """Turn the others off."""
        self.enabled = enable

    def make_doc(self, text: str) -> str:
        """The text itself."""
        return text


@pytest.mark.parametrize(
    ("layer", "enabled"),
    [
        ("hashembed", ["ner"]),
        ("tok2vec-listener", ["tok2vec", "ner"]),
        ("transformer-listener", ["transformer", "ner"]),
    ],
)
def test_only_what_finds_entities_runs(
    monkeypatch: pytest.MonkeyPatch, layer: str, enabled: list[str]
) -> None:
    """With the part whose vectors it listens to, if it has none of its own."""
    language = Language(Part(Layer(layer)))
    monkeypatch.setattr(spacy, "load", lambda _: language)
    assert load("any").language is language
    assert language.enabled == enabled


def test_numpy_multiplies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where spaCy's own library would; another's layers stay as they are."""
    part = Part(Layer("ours", NumpyOps()), Layer("theirs", "another's"))
    monkeypatch.setattr(spacy, "load", lambda _: Language(part))
    load("any")
    ours, theirs = (layer.ops for layer in part.layers)
    assert (ours.use_blis, theirs) == (False, "another's")


def test_the_entities_are_those_of_the_models_own_pipeline() -> None:
    """Whatever stands beside a text in its batch, and however long it is."""
    pipeline = spacy.load(model_name())
    own = [[(each.text, each.label_) for each in pipeline(text).ents] for text in TEXTS]
    found = dict(load(model_name()).read(TEXTS))
    assert [
        [(each.text, each.label_) for each in found[number].ents] for number in range(len(TEXTS))
    ] == own
    assert sum(map(len, own)) > 100


def test_a_batch_has_a_bounded_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """But a text that is longer is one by itself; the shortest come first."""
    monkeypatch.setattr(entity_model, "BATCH_CHARACTERS", 6)
    part = Part(beam_width=2)
    model = EntityModel(language=Language(part))
    texts = ["longer than that", "four", "abc", "", "abc"]
    assert dict(model.read(texts)) == dict(enumerate(texts))
    assert part.read == [["", "abc", "abc"], ["four"], ["longer than that"]]
    assert list(model.read([])) == []


def test_a_part_without_steps_is_asked_as_a_whole() -> None:
    """Such as one that has no settings."""
    part = SimpleNamespace(predict=len)
    assert entity_model._predicted(part, ["x", "y"]) == 2
