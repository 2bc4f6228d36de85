"""Recorded answers of a language model: found by all that decides about them, and never real."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from privaci_core.errors import CopyError, PreflightError
from privaci_core.masks.text.recordings import (
    CASSETTE_VARIABLE,
    RECORD_VARIABLE,
    Recording,
    cassette_of,
)
from privaci_core.policy import AiRefine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.unit

REAL = "write to olga@" + "somewhere.org"
HASHES = {"asked": "0" * 64, "said": "a fake"}


class Model:
    """Answers each text in capitals, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, texts: list[str]) -> Sequence[str]:
        """One answer a text."""
        self.asked.append(texts)
        return [text.upper() for text in texts]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the environment names."""
    file = tmp_path / "texts.jsonl"
    monkeypatch.setenv(CASSETTE_VARIABLE, str(file))
    monkeypatch.delenv(RECORD_VARIABLE, raising=False)
    return file


def cassette(*, model: str = "any", provider: str = "plain", **params: str) -> Recording:
    """The recording of a rule."""
    rule = AiRefine.model_construct(
        action="ai_refine", provider=provider, model=model, params=params
    )
    found = cassette_of(rule)
    assert found is not None
    return found


def record(monkeypatch: pytest.MonkeyPatch, **rule: str) -> Recording:
    """The recording of a rule, which asks for what it has no answer to."""
    monkeypatch.setenv(RECORD_VARIABLE, "1")
    found = cassette(**rule)
    monkeypatch.delenv(RECORD_VARIABLE)
    return found


def test_without_a_name_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty name is no name."""
    rule = AiRefine.model_construct(action="ai_refine", provider="plain", model="any", params={})
    monkeypatch.delenv(CASSETTE_VARIABLE, raising=False)
    assert cassette_of(rule) is None
    monkeypatch.setenv(CASSETTE_VARIABLE, "")
    assert cassette_of(rule) is None


def test_a_new_text_is_asked_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers come in the order of the texts; a line of the file is added for each."""
    model = Model()
    answered = record(monkeypatch).instead_of(model)
    assert answered(["a", "b", "a"]) == ["A", "B", "A"]
    assert answered(["b", "\u00e9"]) == ["B", "\u00c9"]
    assert answered(["a"]) == ["A"]
    assert model.asked == [["a", "b"], ["\u00e9"]]
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["said"] for line in lines] == ["A", "B", "\u00c9"]
    assert "\u00c9" in path.read_text(encoding="utf-8")


def test_a_recording_is_replayed_without_the_model(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was never asked is refused; the message counts, and holds no text."""
    record(monkeypatch).instead_of(Model())(["a", "b"])
    model = Model()
    answered = cassette().instead_of(model)
    assert answered(["b", "a"]) == ["B", "A"]
    with pytest.raises(CopyError, match="it has no answer to 1 of 3 texts") as caught:
        answered(["a", "secret", "b"])
    assert "secret" not in str(caught.value)
    assert str(path) in str(caught.value)
    assert f"{RECORD_VARIABLE}=1" in str(caught.value)
    assert model.asked == []


@pytest.mark.usefixtures("path")
def test_a_recording_shows_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a digest of one, wherever it is printed."""
    recording = record(monkeypatch)
    recording.instead_of(Model())(["a text"])
    assert recording.answers
    assert "A TEXT" not in repr(recording)


@pytest.mark.usefixtures("path")
def test_only_a_one_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other value of the variable replays."""
    monkeypatch.setenv(RECORD_VARIABLE, "0")
    assert cassette().records is False
    monkeypatch.setenv(RECORD_VARIABLE, "1")
    assert cassette().records is True


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("other", [{"model": "b"}, {"provider": "b"}, {"end": "!"}])
def test_another_rule_has_other_answers(
    other: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plugin, the model and its settings decide about an answer."""
    record(monkeypatch).instead_of(Model())(["a"])
    with pytest.raises(CopyError, match="no answer to 1 of 1"):
        cassette(**other).instead_of(Model())(["a"])


@pytest.mark.usefixtures("path")
def test_the_order_of_settings_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy file may list them in any."""
    record(monkeypatch, one="1", two="2").instead_of(Model())(["a"])
    assert cassette(two="2", one="1").instead_of(Model())(["a"]) == ["A"]


def test_a_key_is_a_digest_of_rule_and_text(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recordings of earlier releases are found."""
    record(monkeypatch, end="!").instead_of(Model())(["a fake text"])
    (line,) = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {
        "asked": "2d3c9aa94e2d97b41aa2dd8a0536037477747e1b7b040f41d982e5745a9cd5bb",
        "said": "A FAKE TEXT",
    }


@pytest.mark.parametrize(("text", "answer"), [(REAL, "a fake"), ("a fake", REAL)])
def test_what_may_be_real_is_not_recorded(
    text: str, answer: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a text nor an answer, nor the others of the same batch."""
    answered = record(monkeypatch).instead_of(lambda texts: ["another", answer][: len(texts)])
    with pytest.raises(CopyError, match="an e-mail address outside the reserved") as caught:
        answered(["a first fake", text])
    assert "olga" not in str(caught.value)
    assert not path.exists()
    answered = record(monkeypatch).instead_of(lambda _: [f"{REAL} from 8.8." + "8.8"])
    with pytest.raises(CopyError, match="a text holds a public IP address"):
        answered(["a fake"])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (json.dumps({**HASHES, "said": REAL}), "it holds an e-mail address outside"),
        ("{}", "it is not a recorded answer"),
        ("no json", "it is not a recorded answer"),
        ("[]", "it is not a recorded answer"),
        ('{"asked": "x"}', "it is not a recorded answer"),
    ],
)
def test_a_file_that_holds_anything_else_is_refused(path: Path, line: str, why: str) -> None:
    """With the number of the line, and without what it says."""
    path.write_text(f"{json.dumps(HASHES)}\n{line}\n", encoding="utf-8")
    with pytest.raises(PreflightError, match=why) as caught:
        cassette()
    assert f"{path}, line 2" in str(caught.value)
    assert "olga" not in str(caught.value)
