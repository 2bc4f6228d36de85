"""The sentence of each difference that a check can find: what is wrong, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from privaci_core.prove.checks import CHECKS, sentences
from privaci_core.prove.nouns import NOUNS, plural_of
from privaci_core.prove.sentences import OF_TARGET_ONLY
from privaci_core.prove.verdict import Verdict

pytestmark = pytest.mark.unit


CASES = yaml.safe_load(Path(__file__).with_name("sentences.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['check']}: {case['found']}")
def test_each_difference_is_a_sentence_with_its_remedy(case: dict[str, Any]) -> None:
    """Singular and plural are right, and the last sentence tells the reader what to do."""
    verdict = Verdict(differences={case["place"]: case["found"]})
    (sentence,) = sentences(case["check"], verdict)
    assert sentence.startswith(case["said"])
    assert sentence.endswith(".")
    assert ".." not in sentence


def test_many_differences_are_twenty_sentences() -> None:
    """The wrong ones come first, then what the policy allows; the rest is a number."""
    found = {f"public.t{number:02}": [1, 0] for number in range(22)}
    said = sentences("same_rows", Verdict(differences=found, allowed={"public.t00"}))
    assert len(said) == 21
    assert said[0].startswith("public.t01 has 0 rows")
    assert said[-1] == "And 2 more."
    few = sentences("same_rows", Verdict(differences={"public.t": [1, 0]}, allowed={"public.t"}))
    assert few == ["public.t is allowed by the policy."]


@pytest.mark.parametrize("name", [*(check.name for check in CHECKS), *OF_TARGET_ONLY])
def test_nothing_wrong_is_no_sentence(name: str) -> None:
    """A check that passed has nothing to say."""
    assert sentences(name, Verdict(differences={})) == []


def test_a_place_is_said_in_the_words_of_the_check_that_knows_more() -> None:
    """The search for originals names kinds; without its words the columns are named."""
    found = {"public.t.a": {"public.s.b": 2000, "public.s.c": 1}}
    (plain,) = sentences("no_originals", Verdict(differences=found))
    assert plain.startswith("public.t.a holds originals: 2,000 of public.s.b, 1 of public.s.c.")
    own = Verdict(differences=found, said={"public.t.a": ["One.", "Two."]})
    assert sentences("no_originals", own) == ["One.", "Two."]


def test_a_kind_without_a_noun_is_named_in_words() -> None:
    """A plugin's provider, or a kind that detection learns later."""
    assert plural_of("blood_type") == "values of the kind blood type"
    assert plural_of("email") == NOUNS["email"][1]


def test_a_colon_in_a_name_ends_no_table() -> None:
    """A name in quotes may hold all that stands between a table and its object."""
    found = {'public."a: b": "c: d"': "the index is not in the target"}
    (said,) = sentences("keys_hold", Verdict(differences=found))
    assert said.startswith('The index "c: d" of public."a: b" is not in the target.')
