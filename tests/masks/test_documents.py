"""Masks inside JSON: paths, kinds of scalars, and everything that must stay as it was written."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Shape, Unbindable, bind
from privaci_core.masks.documents.masked_scalars import WHOLE, masked_scalars

pytestmark = pytest.mark.unit

TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.text(max_size=8)
    | st.floats(-1e6, 1e6),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


def masked(
    paths: dict[str, Any], *documents: str | None, default: str = "keep", type_name: str = "jsonb"
) -> list[Any]:
    """Documents masked in one vector, read again."""
    action = ACTIONS.validate_python({"action": "json", "paths": paths, "default": default})
    found = bind(action, Shape(type_name=type_name), KEYS)(
        pl.Series(documents, dtype=pl.String)
    ).to_list()
    return [None if text is None else json.loads(text) for text in found]


def alone(action: dict[str, Any], value: str) -> str:
    """What the same action makes of a value in a column of its own."""
    found: str = bind(ACTIONS.validate_python(action), Shape(), KEYS)(pl.Series([value]))[0]
    return found


EMAIL = {"action": "fake", "provider": "email"}


def test_a_person_in_a_document_is_the_same_person() -> None:
    """As in a column; through members, every element, quoted names; NULL documents stay."""
    document = json.dumps(
        {
            "user": {"email": "ann@org.example", "id": 7},
            "all": [{"to": "bo@org.example"}, {"to": None}],
            "odd key": ["x"],
        }
    )
    paths = {
        "$.user.email": EMAIL,
        "$.all[*].to": EMAIL,
        "$['odd key'][0]": {"action": "static", "value": "gone"},
    }
    found, nothing, again = masked(paths, document, None, document)
    assert found["user"] == {"email": alone(EMAIL, "ann@org.example"), "id": 7}
    assert found["all"] == [{"to": alone(EMAIL, "bo@org.example")}, {"to": None}]
    assert found["odd key"] == ["gone"]
    assert nothing is None
    assert again == found


def test_the_longest_path_wins_and_a_path_reaches_all_below_it() -> None:
    """Exact steps win over wildcards of the same length."""
    document = '{"a": {"b": "one", "c": {"d": "two"}}, "e": ["three", "four"]}'
    paths = {
        "$.a": {"action": "static", "value": "A"},
        "$.a.c": {"action": "passthrough"},
        "$.e[*]": {"action": "static", "value": "E"},
        "$.e[1]": {"action": "null"},
    }
    assert masked(paths, document) == [{"a": {"b": "A", "c": {"d": "two"}}, "e": ["E", None]}]


def test_types_stay() -> None:
    """Numbers become numbers; a type that an action cannot mask gets its empty value."""
    document = (
        '{"text": "ann", "whole": 12, "real": 1.5, "flag": true,'
        ' "big": 123456789012345678901234567890}'
    )
    (found,) = masked({"$": {"action": "hash"}}, document)
    assert [type(value) for value in found.values()] == [str, int, int, bool, int]
    assert found["whole"] not in {12, 0}
    assert found["real"] == found["big"] == 0
    assert found["flag"] is False
    (moved,) = masked({"$": {"action": "noise", "ratio": 0.5}}, document)
    assert moved["text"] == ""
    assert 6 <= moved["whole"] <= 18


def test_redact_leaves_the_form_alone() -> None:
    """Everything that no path names is emptied."""
    document = (
        '{"kept": "k", "text": "ann", "n": 1, "f": 0.5, "b": true, "z": null, "deep": [{"x": "y"}]}'
    )
    expected = {"kept": "k", "text": "", "n": 0, "f": 0, "b": False, "z": None, "deep": [{"x": ""}]}
    assert masked({"$.kept": {"action": "passthrough"}}, document, default="redact") == [expected]


def test_a_path_to_the_whole_document_wins_over_redact() -> None:
    """Nothing is left for the default, whatever the order of the paths."""
    gone, kept = {"action": "static", "value": "gone"}, {"action": "passthrough"}
    document = '{"a": "x", "b": "y"}'
    expected = [{"a": "x", "b": "gone"}]
    assert masked({"$": gone, "$.a": kept}, document, default="redact") == expected
    assert masked({"$.a": kept, "$": gone}, document, default="redact") == expected


def test_escapes_are_read_and_letters_are_written() -> None:
    """A key and a value mean the same however they are escaped; a fake is not escaped."""
    (found,) = masked({"$.t\u00e9": EMAIL}, '{"t\\u00e9": "\\u00e9@corp.example"}')
    assert found == {"t\u00e9": alone(EMAIL, "\u00e9@corp.example")}
    rule = {"action": "json", "paths": {"$": {"action": "static", "value": "\u00e9"}}}
    mask = bind(ACTIONS.validate_python(rule), Shape(type_name="json"), KEYS)
    assert mask(pl.Series(['["x"]'])).to_list() == ['["\u00e9"]']


def test_scalars_and_paths_that_lead_nowhere() -> None:
    """A document can be a lone scalar."""
    assert masked({"$.a.b": EMAIL, "$[0].x": EMAIL}, '"ann"', "null", "12", "[]", "{}") == [
        "ann",
        None,
        12,
        [],
        {},
    ]
    assert masked({"$": {"action": "static", "value": "gone"}}, '"ann"') == ["gone"]


def test_what_is_written_stays_as_it_is_written() -> None:
    """In a `json` column: blanks, doubled keys, escapes and the spelling of numbers."""
    document = '{ "a" :1.50,  "a": 2e3, "t\\u00e9": "x\\"y", "e": "" }'
    action = ACTIONS.validate_python({"action": "json", "paths": {"$.e": EMAIL}})
    assert bind(action, Shape(type_name="json"), KEYS)(pl.Series([document]))[0] == document


def test_text_that_is_no_document_goes_whole() -> None:
    """A text column may hold anything."""
    assert masked(
        {"$.a": EMAIL}, "not json: ann@org.example", '{"a": 1, "b": "k"}', type_name="text"
    ) == [
        None,
        {"a": masked({"$": EMAIL}, "1")[0], "b": "k"},
    ]


@settings(max_examples=50)
@given(TREES)
def test_form_and_keys_stay_for_any_document(tree: Any) -> None:
    """Masking keeps a document's form; keeping everything keeps every value."""
    text = json.dumps(tree)
    assert masked({"$.no.such": EMAIL}, text) == [json.loads(text)]
    (redacted,) = masked({}, text, default="redact")
    assert _form(redacted) == _form(json.loads(text))


def _form(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _form(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_form(value) for value in tree]
    return "number" if isinstance(tree, int | float) and not isinstance(tree, bool) else type(tree)


@pytest.mark.parametrize(
    ("shape", "paths", "why"),
    [
        (Shape(type_name="int4"), {}, "holds no JSON"),
        (Shape(type_name="jsonb", unique=True), {}, "stays unique"),
        (
            Shape(type_name="jsonb"),
            {"$.a": {"action": "generalize", "to": "month"}},
            "a text has no month",
        ),
    ],
)
def test_it_is_refused(shape: Shape, paths: dict[str, Any], why: str) -> None:
    """Before a row is read."""
    action = ACTIONS.validate_python({"action": "json", "paths": paths})
    with pytest.raises(Unbindable, match=why):
        bind(action, shape, KEYS)


REMOVE = {"action": "remove"}


@pytest.mark.parametrize(
    ("paths", "document", "becomes"),
    [
        (["$.a"], '{"a": 1, "b": 2}', '{"b": 2}'),
        (["$.b"], '{"a": 1, "b": 2}', '{"a": 1}'),
        (["$.b"], '{"a": 1, "b": {"a": [1, 2]}, "c": 3}', '{"a": 1, "c": 3}'),
        (["$.a", "$.b"], '{"a": 1, "b": 2, "c": 3}', '{"c": 3}'),
        (["$.b", "$.c"], '{"a": 1, "b": 2, "c": 3}', '{"a": 1}'),
        (["$.a"], '{"a": "x, \\"}"}', "{}"),
        (["$.*"], '{"a": 1, "b": []}', "{}"),
        (["$[0]"], '[1, {"a": 2}]', '[{"a": 2}]'),
        (["$[*].a"], '[{"a": 1, "b": 2}, {"a": 3}]', '[{"b": 2}, {}]'),
        (["$.a", "$.a.b"], '{"a": {"b": 1}, "c": 2}', '{"c": 2}'),
        (["$.x"], '{"a": {"x": 1}}', '{"a": {"x": 1}}'),
        (["$['o\\'k']"], '{"o\'k": 1, "b": 2}', '{"b": 2}'),
    ],
)
def test_members_and_elements_are_removed(paths: list[str], document: str, becomes: str) -> None:
    """With the comma beside them, and all else stays as it was written."""
    rule = {"action": "json", "paths": dict.fromkeys(paths, REMOVE)}
    mask = bind(ACTIONS.validate_python(rule), Shape(type_name="jsonb"), KEYS)
    assert mask(pl.Series([document]))[0] == becomes


def test_what_is_removed_is_not_masked_as_well() -> None:
    """An exact path wins over a wildcard, and what lies below a removed place goes with it."""
    paths = {"$.a": REMOVE, "$.a.b": EMAIL, "$.*": EMAIL, "$.keep": {"action": "passthrough"}}
    document = json.dumps({"a": {"b": "x@y.example"}, "c": "x@y.example", "keep": "x"})
    assert masked(paths, document) == [{"c": alone(EMAIL, "x@y.example"), "keep": "x"}]


@settings(max_examples=60)
@given(tree=st.dictionaries(st.sampled_from("abc"), TREES, max_size=3))
def test_removing_leaves_a_document_without_the_key(tree: dict[str, Any]) -> None:
    """Whatever is in the others."""
    rest = {key: value for key, value in tree.items() if key != "b"}
    assert masked({"$.b": REMOVE}, json.dumps(tree)) == [rest]


def test_what_is_replaced_in_documents_is_listed() -> None:
    """With the rule of its path; no rule where it is removed, and no text where it is no word."""
    rule = ACTIONS.validate_python(
        {"action": "json", "paths": {"$.mail": EMAIL, "$.seen[*]": {"action": "remove"}}}
    )
    documents = ['{"mail": "a\\u0062", "seen": [7, true], "town": "c"}', "no document"]
    mail = rule.paths["$.mail"]
    assert list(masked_scalars(rule, documents)) == [(mail, "ab"), (None, "7"), (None, "")]
    assert [text for _, text in masked_scalars(WHOLE, documents)] == ["ab", "7", "", "c"]
