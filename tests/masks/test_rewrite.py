"""The compiled passes over documents write what Python writes, whatever the documents hold."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from masks.cases import ACTIONS, KEYS

from privaci_core.compiled import loops
from privaci_core.masks import Shape, bind

pytestmark = pytest.mark.unit

NAMES = st.sampled_from(["a", "b", "té", "", 'q"', "a b", "\u2028", "\x7f"])
TEXTS = st.text(st.sampled_from('ab"\\/\b\n\r\t\f\x1f\x7fé\U0001f600:,{}[] '), max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**19), 10**19)
    | st.sampled_from([0.5, -0.0, 1e300, 1e-7, -12.25])
    | TEXTS
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=14,
)
RULES: list[dict[str, Any]] = [
    {"action": "fake", "provider": "email"},
    {"action": "hash"},
    {"action": "static", "value": 'x"\\\n\x01é'},
    {"action": "null"},
    {"action": "passthrough"},
    {"action": "noise", "ratio": 0.3},
]
PATHS = ["$", "$.a", "$.a.b", "$.*", "$.a[*].b", "$[0]", "$[2].a", "$['té']", "$.b.*.a", "$['q\"']"]
SHOWN = st.tuples(TREES, st.booleans(), st.sampled_from([None, 1, 0]), st.booleans())
DIGITS = "[" + ",".join("1" * 1000) + "]"
DEEP = '{"a":' * 600 + '"x"' + "}" * 600


def spelled(tree: Any, is_ascii: bool, indent: int | None, is_spaced: bool) -> str:  # noqa: FBT001
    """A document in one of the ways that JSON may be written."""
    signs = (" ,\t", " :\r\n") if is_spaced else (",", ":")
    return json.dumps(tree, ensure_ascii=is_ascii, indent=indent, separators=signs)


@settings(max_examples=300)
@given(
    documents=st.lists(SHOWN.map(lambda drawn: spelled(*drawn)), min_size=1, max_size=6),
    paths=st.dictionaries(st.sampled_from(PATHS), st.sampled_from(RULES), max_size=4),
    default=st.sampled_from(["keep", "redact"]),
    type_name=st.sampled_from(["json", "jsonb", "text"]),
)
@example([DIGITS, '{"a": "x"}', DEEP, "12"], {"$.a": RULES[0]}, "redact", "json")
@example(['{"\\u0061": "x"}', '{"a": "\\u00e9"}'], {"$.a": RULES[2]}, "keep", "json")
@example(["not json", "[1, NaN, -Infinity]"], {"$": RULES[5]}, "redact", "text")
@example(['{"a": 1, "a": 2}', '"x"', ' "x" ', "-0"], {"$": RULES[1]}, "keep", "json")
@example(['{"a": [true, null, 7, 0.5, "\\u00e9"]}'] * 2, {"$.a": RULES[5]}, "redact", "json")
@example(['{"a": [true, null, 7, 0.5, "\\u00e9"]}', "[]"], {"$.a": RULES[0]}, "keep", "jsonb")
def test_both_ways_write_the_same(
    documents: list[str], paths: dict[str, Any], default: str, type_name: str
) -> None:
    """Names and values with any escapes, blanks, doubled names, depth and many scalars."""
    action = ACTIONS.validate_python({"action": "json", "paths": paths, "default": default})
    values = pl.Series(documents, dtype=pl.String)
    found = bind(action, Shape(type_name=type_name), KEYS)(values).to_list()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loops, "LOADED", False)
        wanted = bind(action, Shape(type_name=type_name), KEYS)(values).to_list()
    assert found == wanted
