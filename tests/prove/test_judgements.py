"""What a comparison makes of one value: copied, masked, kept as an original, or lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from builders.copies import action, masked

from privaci_core.policy import AiRefine
from privaci_core.prove.compare_rows import judge

if TYPE_CHECKING:
    from privaci_core.policy import Action

pytestmark = pytest.mark.unit

HASH = action("hash")
MAY_KEEP = [
    # Not validated: no plugin is installed here.
    AiRefine.model_construct(action="ai_refine", provider="none", model="none"),
    action("bucket", edges=[10, 20]),
    action("generalize", to="year"),
    action("json", paths={"$.name": {"action": "hash"}}),
    action("ner_mask"),
    action("noise", ratio=0.1),
    action("partial", first=1),
    action("regex_mask", pattern="a", replace="b"),
    action("shuffle"),
    action("static", value="x"),
    action("template", template="{id}"),
]
MAY_EMPTY = [
    action("regex_mask", pattern="a", replace=""),
    action("static", value=""),
    action("template", template="{id}"),
]
STRICT = [
    HASH,
    action("hmac_hash"),
    action("fake", provider="email"),
    action("pseudonym", provider="email"),
    action("fpe"),
]


@pytest.mark.parametrize(
    ("before", "after", "judgement"),
    [
        ("a", "a", "fine"),
        ("", "", "fine"),
        (None, None, "fine"),
        ("a", "b", "changed"),
        ("a", "A", "changed"),
        ("a", None, "changed"),
        (None, "a", "changed"),
        ("", None, "changed"),
    ],
)
def test_a_copied_value_must_be_the_same(
    before: str | None, after: str | None, judgement: str
) -> None:
    """To the last letter; NULL is not empty."""
    assert judge(before, after, None) == judgement


@pytest.mark.parametrize(
    ("before", "after", "judgement"),
    [
        ("a", None, "masked"),
        (None, None, "masked"),
        ("", None, "masked"),
        ("a", "a", "kept"),
        ("a", "b", "kept"),
        ("a", "", "kept"),
        (None, "a", "kept"),
    ],
)
def test_a_column_that_becomes_null_has_no_value(
    before: str | None, after: str | None, judgement: str
) -> None:
    """Any other value was kept, whatever it is."""
    assert judge(before, after, masked("email", action("null"))) == judgement


@pytest.mark.parametrize("what", [*STRICT, *MAY_KEEP], ids=lambda what: what.action)
@pytest.mark.parametrize(
    ("before", "after", "judgement"),
    [
        ("alpha", "beta", "masked"),
        (None, None, "fine"),
        ("", "", "fine"),
        (None, "beta", "lost"),
        ("alpha", None, "lost"),
        (None, "", "lost"),
        ("", None, "lost"),
    ],
)
def test_a_masked_value_is_another_and_null_stays_null(
    what: Action, before: str | None, after: str | None, judgement: str
) -> None:
    """Whatever the action: a NULL that came or went is lost, and nothing masks it."""
    assert judge(before, after, masked("email", what)) == judgement


@pytest.mark.parametrize("what", STRICT, ids=lambda what: what.action)
def test_a_value_that_its_mask_must_change_was_kept(what: Action) -> None:
    """The same text in the target is an original."""
    assert judge("alpha", "alpha", masked("email", what)) == "kept"
    assert judge("alpha", "Alpha", masked("email", what)) == "masked"


@pytest.mark.parametrize("what", MAY_KEEP, ids=lambda what: what.action)
def test_a_value_that_its_mask_may_leave_counts_as_masked(what: Action) -> None:
    """A text that names no one passes a mask of names unchanged."""
    assert judge("alpha", "alpha", masked("email", what)) == "masked"


@pytest.mark.parametrize("what", MAY_EMPTY, ids=lambda what: what.action)
def test_an_empty_text_may_be_what_the_policy_writes(what: Action) -> None:
    """Only where the action's own words can be empty."""
    assert judge("alpha", "", masked("email", what)) == "masked"
    assert judge("", "alpha", masked("email", what)) == "fine"


@pytest.mark.parametrize(
    "what",
    [*STRICT, *(one for one in MAY_KEEP if type(one) not in {type(may) for may in MAY_EMPTY})],
    ids=lambda what: what.action,
)
def test_a_text_that_became_empty_is_lost(what: Action) -> None:
    """And so is one that came out of an empty text."""
    assert judge("alpha", "", masked("email", what)) == "lost"
    assert judge("", "alpha", masked("email", what)) == "lost"


@pytest.mark.parametrize("value", ["infinity", "-infinity", "NaN", "nan", "\\x", "{}", "Infinity"])
def test_a_value_that_means_the_same_for_everyone_may_stay(value: str) -> None:
    """It tells nothing about a person, and no mask changes it."""
    assert judge(value, value, masked("email", HASH)) == "fine"
