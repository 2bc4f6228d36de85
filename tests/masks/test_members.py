"""Masks members of composites, hstore and XML by their paths, and leaves all else as it is."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Shape, Unbindable, bind
from privaci_core.masks.documents.markup import texts_of_markup
from privaci_core.masks.documents.members import masked_members

pytestmark = pytest.mark.unit

EMAIL = {"action": "fake", "provider": "email"}
GONE = {"action": "static", "value": "gone"}
HOME = Shape(type_name="home", members=(("street", Shape()), ("since", Shape(type_name="date"))))
PERSON = Shape(
    type_name="person",
    members=(("mail", Shape()), ("home", HOME), ("tags", Shape(type_name="_text"))),
)
TAGS = Shape(type_name="_text", element=Shape())
HOMES = Shape(type_name="_home", element=HOME)
FAMILY = Shape(type_name="family", members=(("tags", TAGS), ("homes", HOMES)))
HSTORE, XML = Shape(type_name="hstore"), Shape(type_name="xml")


def masked(shape: Shape, value: str, paths: dict[str, Any], default: str = "keep") -> str | None:
    """One value, masked by these paths."""
    rule = ACTIONS.validate_python({"action": "json", "paths": paths, "default": default})
    found: str | None = bind(rule, shape, KEYS)(pl.Series([value]))[0]
    return found


@pytest.mark.parametrize(
    ("shape", "value", "path", "becomes"),
    [
        (PERSON, '(a,"(""x y"",2020-01-01)",)', "$.mail", '(gone,"(""x y"",2020-01-01)",)'),
        (PERSON, '(a,"(""x y"",2020-01-01)",)', "$.home.street", '(a,"(gone,2020-01-01)",)'),
        (PERSON, '("a ""\\\\ b",,"{a,b}")', "$.home.street", '("a ""\\\\ b",,"{a,b}")'),
        (PERSON, '("",,)', "$.mail", '("",,)'),
        (FAMILY, '("{a,NULL,""b c""}",)', "$.tags[*]", '("{gone,NULL,gone}",)'),
        (FAMILY, "({},)", "$.tags[*]", "({},)"),
        (FAMILY, "(,)", "$.tags[*]", "(,)"),
        (FAMILY, '("{a,b,c}",)', "$.tags[1]", '("{a,gone,c}",)'),
        (FAMILY, '("[2:3]={a,b}",)', "$.tags[*]", '("[2:3]={gone,gone}",)'),
        (FAMILY, '("{{a,b},{c,d}}",)', "$.tags[*]", '("{{gone,gone},{gone,gone}}",)'),
        (FAMILY, '("{{a,b},{c,d}}",)', "$.tags[1][*]", '("{{a,b},{gone,gone}}",)'),
        (FAMILY, '("{{a,b},{c,d}}",)', "$.tags[*][0]", '("{{gone,b},{gone,d}}",)'),
        (
            FAMILY,
            '({a},"{""(x,2020-01-01)"",""(\\\\""y z\\\\"",)""}")',
            "$.homes[*].street",
            '({a},"{""(gone,2020-01-01)"",""(gone,)""}")',
        ),
        (HSTORE, '"a"=>"1", "b"=>NULL', "$.*", '"a"=>"gone", "b"=>NULL'),
        (HSTORE, '"a\\"\\\\"=>"1"', "$['a\"\\\\']", '"a\\"\\\\"=>"gone"'),
        (XML, "<a><b> x </b><b>y</b>z</a>", "$.a.b", "<a><b> gone </b><b>gone</b>z</a>"),
        (XML, "<a b='1' c=\"2\"/>", "$.a.@b", "<a b='gone' c=\"2\"/>"),
        (XML, "<x:a x:b='1' xmlns:x='u'/>", "$.a.@b", "<x:a x:b='gone' xmlns:x='u'/>"),
        (XML, "<!DOCTYPE a [<!ENTITY x 'y'>]><a>k</a>", "$.a", None),
        (XML, "<a><![CDATA[1 < 2]]><!-- a --></a>", "$.a", "<a>gone<!-- a --></a>"),
        (XML, "a <b>c</b>", "$.b", "a <b>gone</b>"),
    ],
)
def test_members_are_masked_by_path(
    shape: Shape, value: str, path: str, becomes: str | None
) -> None:
    """And what no path names stays as Postgres prints it."""
    expected = value.replace(">k<", ">gone<") if becomes is None else becomes
    assert masked(shape, value, {path: GONE}) == expected


def test_what_no_path_names_can_be_emptied() -> None:
    """A member of a composite becomes NULL; XML keeps its form."""
    paths = {"$.mail": GONE}
    assert masked(PERSON, '(a,"(b,2020-01-01)",c)', paths, "redact") == '(gone,"(,)",)'
    assert masked(HSTORE, '"mail"=>"1", "b"=>"2"', paths, "redact") == '"mail"=>"gone", "b"=>""'
    assert masked(XML, "<a b='1'>2<c/></a>", paths, "redact") == "<a b=''><c/></a>"


def test_what_a_member_becomes_is_escaped() -> None:
    """For the type around it."""
    paths = {"$.mail": {"action": "static", "value": "a \"b' \\ <&,()"}}
    assert masked(PERSON, "(x,,)", paths) == '("a ""b\' \\\\ <&,()",,)'
    assert masked(HSTORE, '"mail"=>"x"', paths) == '"mail"=>"a \\"b\' \\\\ <&,()"'
    assert masked(XML, "<mail>x</mail>", paths) == "<mail>a \"b' \\ &lt;&amp;,()</mail>"


def test_pairs_are_removed_from_an_hstore() -> None:
    """The others stay."""
    value = '"a"=>"1", "mail"=>"2", "z"=>"3"'
    assert masked(HSTORE, value, {"$.mail": {"action": "remove"}}) == '"a"=>"1", "z"=>"3"'


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text('ab,"\\() \n', max_size=5)), min_size=2, max_size=2))
def test_any_composite_stays_as_it_is_printed(values: list[str | None]) -> None:
    """Where a path names another member."""
    shape = Shape(type_name="t", members=(("a", Shape()), ("b", Shape()), ("c", Shape())))
    rule = {"$.a": {"action": "passthrough"}, "$.b": {"action": "passthrough"}}
    printed = ",".join(map(_printed, values))
    assert masked(shape, f"({printed},x)", {**rule, "$.c": GONE}) == f"({printed},gone)"


def _printed(value: str | None) -> str:
    """As Postgres prints a member."""
    if value is None:
        return ""
    plain = value and not set(value) & set('"\\(), \n')
    doubled = value.replace("\\", "\\\\").replace('"', '""')
    return value if plain else f'"{doubled}"'


@pytest.mark.parametrize(
    ("shape", "paths", "why"),
    [
        (PERSON, {"$.male": GONE}, r"no member of person is at \$\.male"),
        (PERSON, {"$.tags[0]": GONE}, r"no member of person is at \$\.tags\[0\]"),
        (PERSON, {"$.home.since": EMAIL}, "a date cannot hold a fake"),
        (PERSON, {"$.mail": {"action": "remove"}}, "nothing can be removed"),
        (XML, {"$.mail": {"action": "remove"}}, "nothing can be removed"),
        (Shape(type_name="hstore", unique=True), {}, "stays unique"),
        (Shape(type_name="int4range"), {}, "holds no JSON"),
    ],
)
def test_it_is_refused(shape: Shape, paths: dict[str, Any], why: str) -> None:
    """Before a row is read."""
    with pytest.raises(Unbindable, match=why):
        masked(shape, "", paths)


def test_an_element_keeps_its_own_fake() -> None:
    """The longest path wins, an element that none names is emptied, and NULL becomes NULL."""
    paths = {"$.tags[*]": {"action": "null"}, "$.tags[1]": GONE}
    assert masked(FAMILY, '("{a,b,c}",)', paths) == '("{NULL,gone,NULL}",)'
    one = {"$.tags[1]": GONE}
    assert masked(FAMILY, '("{a,b,c}",)', one, default="redact") == '("{NULL,gone,NULL}",)'
    quoted = {"$.tags[*]": {"action": "static", "value": 'a "b"'}}
    expected = '("{""a \\\\""b\\\\""""}",)'
    assert masked(FAMILY, "({x},)", quoted) == expected


def test_a_path_into_no_array_is_refused() -> None:
    """A text has no elements, and a date in an array takes no address."""
    with pytest.raises(Unbindable, match="no member of person is at"):
        masked(PERSON, "(a,,)", {"$.mail[*]": GONE})
    with pytest.raises(Unbindable):
        masked(FAMILY, "(,)", {"$.homes[*].since": EMAIL})


def test_texts_of_xml_are_listed_with_what_leads_to_them() -> None:
    """Elements and attributes, in the order of the document."""
    text = "<a b='1'><c> x </c><c d='2'>y</c>z</a>"
    assert texts_of_markup(text) == [
        (("a", "@b"), "1"),
        (("a", "c"), "x"),
        (("a", "c", "@d"), "2"),
        (("a", "c"), "y"),
        (("a",), "z"),
    ]


@pytest.mark.parametrize("default", ["keep", "redact"])
def test_what_is_replaced_in_members_is_listed(default: str) -> None:
    """With the rule of its path; without one where it is removed, or is emptied as all others."""
    paths = {"$.mail": GONE, "$.phone": {"action": "remove"}}
    rule = ACTIONS.validate_python({"action": "json", "paths": paths, "default": default})
    found = list(masked_members(rule, HSTORE, ['"mail"=>"a", "phone"=>"b", "town"=>"c"'] * 2))
    gone = rule.paths["$.mail"]
    emptied = [(None, "c")] if default == "redact" else []
    assert found == [(gone, "a"), (None, "b"), *emptied] * 2
