"""The model that reads free text: which one is used, and how many texts name a person by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from privaci_core.masks import Unbindable
from privaci_core.masks.text import named_entities
from privaci_core.masks.text.language_words import Words
from privaci_core.masks.text.named_entities import (
    MODEL_VARIABLE,
    MODELS,
    has_model,
    model_name,
    share_naming_people,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

pytestmark = pytest.mark.unit

OFFICIAL, SAME_WEIGHTS = MODELS


@dataclass(frozen=True, slots=True)
class Entity:
    """What a model of spaCy finds."""

    label_: str


@dataclass(frozen=True, slots=True)
class Document:
    """A text with what was found in it."""

    ents: list[Entity]


class Labelled:
    """A model that finds the labels that a text consists of."""

    def read(self, texts: Iterable[str]) -> Iterator[tuple[int, Document]]:
        """One document a text."""
        for number, text in enumerate(texts):
            yield number, Document([Entity(label) for label in text.split()])


def install(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let these packages be all that is installed."""
    monkeypatch.delenv(MODEL_VARIABLE, raising=False)
    monkeypatch.setattr(named_entities, "find_spec", lambda name: name if name in names else None)


def test_the_official_package_is_used_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one with the same weights where that is missing, or the one that is configured."""
    install(monkeypatch, "spacy", OFFICIAL, SAME_WEIGHTS, "other")
    assert model_name() == OFFICIAL
    monkeypatch.setenv(MODEL_VARIABLE, "other")
    assert model_name() == "other"
    install(monkeypatch, "spacy", SAME_WEIGHTS)
    assert model_name() == SAME_WEIGHTS


def test_a_missing_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name where one is configured, even though another one is installed."""
    install(monkeypatch, "spacy")
    with pytest.raises(Unbindable, match="a spaCy model is not installed"):
        model_name()
    install(monkeypatch, "spacy", OFFICIAL)
    monkeypatch.setenv(MODEL_VARIABLE, "other")
    with pytest.raises(Unbindable, match="the spaCy model other is not installed"):
        model_name()


def test_whether_there_is_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only with spaCy and a model for it."""
    install(monkeypatch, "spacy", SAME_WEIGHTS)
    assert has_model() is True
    install(monkeypatch, "spacy")
    assert has_model() is False
    install(monkeypatch, OFFICIAL)
    assert has_model() is False


def test_the_share_of_texts_that_name_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text counts once, and other names do not count."""
    install(monkeypatch, "spacy", OFFICIAL)
    monkeypatch.setattr(named_entities, "_model", lambda _: Labelled())
    monkeypatch.setattr(named_entities, "known_words", lambda _: Words(common=frozenset()))
    assert share_naming_people(["PERSON PERSON", "", "ORG MONEY", "GPE"]) == 0.25
    assert share_naming_people(["ORG PER", "PERSON"]) == 1
    assert share_naming_people(["PERSON"]) == 1
    assert share_naming_people(["ORG"]) == 0
    assert share_naming_people([]) == 0


def loads_model(monkeypatch: pytest.MonkeyPatch, texts: list[str]) -> bool:
    """Whether asking for the share of texts that name people loads the model."""
    install(monkeypatch, "spacy", OFFICIAL)
    loaded: list[str] = []

    def load(name: str) -> Labelled:
        loaded.append(name)
        return Labelled()

    monkeypatch.setattr(named_entities, "_model", load)
    monkeypatch.setattr(named_entities, "known_words", lambda _: Words(common=frozenset()))
    assert share_naming_people(texts) == 0
    return bool(loaded)


@pytest.mark.parametrize(
    "texts",
    [
        ["Condition of type 1", "Condition of type 2"],
        ["row 1: ok\tpath C:\\in", "row 2: ok\tpath C:\\in"],
        ["a package of 1 seat"],
    ],
)
def test_texts_without_a_possible_name_load_no_model(
    monkeypatch: pytest.MonkeyPatch, texts: list[str]
) -> None:
    """Loading it takes longer than all else that a small database needs before its first row."""
    assert not loads_model(monkeypatch, texts)


@pytest.mark.parametrize(
    "texts",
    [
        ["Ostergaard paid", "nobody paid"],
        ["Ostergaard paid 10"],
        ["Keith paid 10", "Keith paid 20"],
        ["then keith paid", "nobody did"],
        ["\u043e\u043b\u044c\u0433\u0430 paid", "nobody did"],
    ],
)
def test_a_possible_name_is_read_by_the_model(
    monkeypatch: pytest.MonkeyPatch, texts: list[str]
) -> None:
    """A capital, another script, or a given name is enough."""
    assert loads_model(monkeypatch, texts)


def test_without_a_model_no_text_names_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Detection goes by names and forms alone then."""
    install(monkeypatch)
    assert share_naming_people(["PERSON"]) == 0
