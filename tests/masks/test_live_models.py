"""Recorded answers of language models: linted, and compared with what a model says today."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from masks.similar import SIMILARITY_VARIABLE, Question, changed, similarity

from privaci_core.masks.text.recordings import Recording, fault_of
from privaci_core.policy.plugin_kinds import plugin_of

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.unit

RECORDINGS = Path(__file__).with_name("recordings")
SCRIPT = Path(__file__).parents[2] / "scripts" / "lint_recordings.py"
# The models to ask: provider:model, with blanks between.
MODELS = os.environ.get("PRIVACI_LIVE_MODELS", "").split()
QUESTIONS = [
    Question(text="Olga Farrow  called on monday, she asks for a new card"),
    Question(text="sent a letter to 12 Test Road; no answer"),
    # A model may begin a greeting in many ways.
    Question(text="hi, its Nimue, pls call me back +1 555 0100", similarity=0.6),
]
DIGEST = "0" * 64


def line(said: str, asked: str = DIGEST, **more: str) -> str:
    """A line of a recording."""
    return json.dumps({"asked": asked, "said": said, **more})


def script() -> Any:
    """The linter, as a module."""
    spec = importlib.util.spec_from_file_location("lint_recordings", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no JSON", "not a recorded answer"),
        (line("a fake", about="a model"), "not a recorded answer"),
        (line("a fake", asked="Who is it?"), "a question in place of its digest"),
        (line("write to olga@" + "somewhere.org"), "an e-mail address"),
        (line("key sk-" + "a1B2" * 6), "a key or a token"),
        (line("AKIA" + "IOSFODNN7EXAMPLE"), "a key or a token"),
        (line("Authorization: Bearer " + "a1B2" * 6), "a key or a token"),
    ],
)
def test_a_line_that_is_not_redacted_is_found(text: str, why: str, tmp_path: Path) -> None:
    """By its place and its kind; the linter prints no part of it."""
    assert why in fault_of(text)
    path = tmp_path / "answers.jsonl"
    path.write_text(f"{line('a fake')}\n{text}\n")
    (found,) = script().faults_in([path])
    assert found == f"{path}:2: {fault_of(text)}"
    assert script().main([str(path)]) == 1


def test_the_recordings_of_the_tests_are_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    """Every line of every file that is kept here."""
    assert script().main([]) == 0
    assert "digests and fakes alone" in capsys.readouterr().out


def test_answers_are_compared_by_likeness(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blanks and capitals do not count; each question may have a measure of its own."""
    assert similarity("Olga  called.", "olga called.") == 1
    assert similarity("Olga called.", "We are closed") < 0.6
    recorded = ["Olga called on Monday.", "A letter was sent.", "Please call back."]
    today = ["Olga called on Monday!", "The weather is fine.", "Do please call me back."]
    assert list(changed(QUESTIONS, recorded, recorded)) == []
    assert [each.split(":")[0] for each in changed(QUESTIONS, recorded, today)] == ["answer 2"]
    monkeypatch.setenv(SIMILARITY_VARIABLE, "0.99")
    assert len(list(changed(QUESTIONS, recorded, today))) == 2


@pytest.mark.live
@pytest.mark.parametrize("named", MODELS or ["none"])
def test_a_model_answers_as_it_did(named: str) -> None:
    """Today's answers are like the recorded ones; the first night of a model records them."""
    provider, _, model = named.partition(":")
    if not model:
        pytest.skip("PRIVACI_LIVE_MODELS names no provider:model")
    connector = plugin_of("llm_connector", provider)
    texts = [question.text for question in QUESTIONS]

    def ask(asked: list[str]) -> Sequence[str]:
        answers: Sequence[str] = connector.refine(asked, model=model, params={})
        return answers

    RECORDINGS.mkdir(exist_ok=True)
    path = RECORDINGS / f"{named.replace('/', '_').replace(':', '_')}.jsonl"
    known = [json.loads(each) for each in path.read_text().splitlines()] if path.exists() else []
    answers = {each["asked"]: each["said"] for each in known}
    recording = Recording(path=path, about=named, records=True, answers=answers)
    recorded = recording.instead_of(ask)(texts)
    assert list(changed(QUESTIONS, recorded, ask(texts))) == []
