"""Every mask on every type of column that it fits, with generated values, for the tests of laws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from masks.values import (
    BYTES,
    DATES,
    E164,
    EMAILS,
    FLOATS,
    IPV4,
    IPV6,
    LABELS,
    LETTERS,
    MACS,
    MACS_8,
    NAMES,
    NARROW,
    PHONES,
    PLACES,
    TEXT_PROVIDERS,
    UNIQUE_PROVIDERS,
    UUIDS,
    WRAPPED,
    Values,
    decimals,
    moments,
    whole,
)
from pydantic import TypeAdapter

from privaci_core.masks import Keys, Shape, bind
from privaci_core.masks.base.digested_names import DigestedNames, Digesting
from privaci_core.policy import Action

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.masks import Mask

KEYS = Keys.of(b"a salt of the test suite, long enough", b"a pseudonym key of it, long enough too")
OTHER_KEYS = Keys.of(
    b"another salt of the test suite, as long", b"another pseudonym key of the suite, as long"
)
ACTIONS: TypeAdapter[Action] = TypeAdapter(Action)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One action on one column."""

    action: dict[str, Any]
    shape: Shape
    values: Values
    # Whether values may keep a part of themselves, or all of it, because the action says so.
    keeps: bool = False
    # Whether the salt makes no difference.
    unkeyed: bool = False
    # A type of Postgres that is more than the name in the shape.
    type_sql: str | None = None
    # What sets two cases apart that differ in their values alone.
    note: str = ""

    @property
    def name(self) -> str:
        """What the test is called by, and the recorded vectors."""
        words = [str(value) for key, value in self.action.items() if value is not None]
        shape = self.shape
        bounds = [
            f"({shape.max_length})" if shape.max_length else "",
            shape.narrowest,
            "unique" if shape.unique else "",
        ]
        return " ".join([*words, self.sql, *filter(None, bounds), self.note]).strip()

    @property
    def sql(self) -> str:
        """The type as Postgres casts to it."""
        return self.type_sql or self.shape.type_name

    def mask(self, keys: Keys = KEYS, **changes: Any) -> Mask:
        """The case's mask, or that of a variant of its action."""
        if keys is KEYS and not changes:
            return _bound(CASES.index(self))
        return self.bound(keys, **changes)

    def bound(self, keys: Keys, **changes: Any) -> Mask:
        """The mask bound anew."""
        return bind(ACTIONS.validate_python({**self.action, **changes}), self.shape, keys)


def names_of(names: Iterable[str]) -> DigestedNames:
    """Names as a mask of free text looks them up."""
    found = Digesting()
    found.add(names)
    return found.digested()


@cache
def _bound(place: int) -> Mask:
    return CASES[place].bound(KEYS)


def _fake(provider: str, shape: Shape, values: Values, **more: Any) -> Case:
    return Case(action={"action": "fake", "provider": provider, **more}, shape=shape, values=values)


# Values with a member that is masked, and others that stay.
MASKED_MAIL = {
    "action": "json",
    "paths": {"$.mail": {"action": "fake", "provider": "email"}},
}
HSTORE, MARKUP = '"mail"=>"{}", "plan"=>"gold"'.format, "<mail>{}</mail><plan>gold</plan>".format
PERSON = Shape(
    type_name="person", members=(("plan", Shape()), ("mail", Shape()), ("note", Shape()))
)
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))
KEY_TYPES: list[tuple[Shape, Values, str | None]] = [
    (Shape(), LETTERS, None),
    (Shape(type_name="varchar", max_length=20), LETTERS.map(lambda text: text[:20]), "varchar(20)"),
    (
        Shape(type_name="bpchar", max_length=16),
        LETTERS.map(lambda text: text[:16].rstrip() or "x"),
        "char(16)",
    ),
    (Shape(type_name="name"), st.from_regex(r"[a-z_]{1,30}", fullmatch=True), None),
    (Shape(type_name="int2"), whole(16), None),
    (Shape(type_name="int4"), whole(32), None),
    (Shape(type_name="int8"), whole(64), None),
    (Shape(type_name="int8", narrowest="int2"), whole(64), None),
    (Shape(type_name="numeric", precision=9, scale=2), decimals(9, 2), "numeric(9,2)"),
    (Shape(type_name="numeric", precision=3, scale=0), decimals(3, 0), "numeric(3)"),
    (Shape(type_name="date"), DATES, None),
    (Shape(type_name="timestamp"), moments(""), None),
    (Shape(type_name="timestamptz"), moments("+00"), None),
    (Shape(type_name="uuid"), UUIDS, None),
    (Shape(type_name="inet", unique=True), st.one_of(IPV4, IPV6), None),
    (Shape(type_name="macaddr"), MACS, None),
    (Shape(type_name="macaddr8"), MACS_8, None),
    (Shape(type_name="bytea"), BYTES, None),
    (Shape(type_name="mood", labels=LABELS), st.sampled_from(LABELS), None),
]


def _unique(shape: Shape) -> Shape:
    return Shape(**{**{field: getattr(shape, field) for field in shape.__slots__}, "unique": True})


CASES: list[Case] = [
    *(_fake(provider, Shape(), values) for provider, values in TEXT_PROVIDERS.items()),
    *(
        _fake(provider, Shape(unique=True), TEXT_PROVIDERS[provider])
        for provider in UNIQUE_PROVIDERS
    ),
    Case(
        action={"action": "fake", "provider": "phone"},
        shape=Shape(unique=True),
        values=E164,
        note="E.164",
    ),
    *(
        _fake(
            "phone",
            Shape(type_name="varchar", max_length=room, unique=unique),
            PHONES.map(lambda number, n=room: number[:n]),
        )
        for room, unique in ((12, True), (12, False), (8, False))
    ),
    _fake("ssn", Shape(type_name="bpchar", max_length=11), TEXT_PROVIDERS["ssn"]),
    _fake(
        "ssn", Shape(type_name="varchar", max_length=9), st.from_regex(r"[0-9]{9}", fullmatch=True)
    ),
    *(
        _fake(provider, Shape(type_name="int8", unique=True), st.integers(1, 10**16).map(str))
        for provider in ("phone", "ssn", "credit_card", "postcode")
    ),
    *(
        _fake(
            provider,
            Shape(type_name="varchar", max_length=room),
            TEXT_PROVIDERS[provider].map(lambda v, n=room: v[:n]),
        )
        for provider, room in NARROW.items()
    ),
    _fake("first_name", Shape(), NAMES, params={"locale": "de_DE"}),
    _fake("street", Shape(), NAMES, params={"locale": "es_ES"}),
    _fake("email", Shape(), EMAILS, params={"domain": "staging.example"}),
    *(
        _fake(provider, Shape(), values, params={"around": "keep"})
        for provider, values in WRAPPED.items()
    ),
    _fake(
        "email",
        Shape(type_name="varchar", max_length=48),
        WRAPPED["email"].map(lambda v: v[:48]),
        params={"around": "keep"},
    ),
    _fake("email", Shape(type_name="citext", unique=True), EMAILS, seed_alias="login"),
    _fake("dob", Shape(type_name="date"), DATES),
    *(
        _fake("dob", Shape(type_name="timestamp", unique=unique), moments(""))
        for unique in (False, True)
    ),
    _fake("ip_address", Shape(type_name="inet", unique=True), st.one_of(IPV4, IPV6)),
    *(
        _fake(
            "credit_card",
            Shape(type_name="numeric", precision=16, scale=0, unique=unique),
            st.integers(10**15, 10**16 - 1).map(str),
        )
        for unique in (False, True)
    ),
    _fake(
        "ssn",
        Shape(type_name="bpchar", max_length=9, unique=True),
        st.from_regex(r"[0-9]{9}", fullmatch=True),
    ),
    _fake("lat_lon", Shape(type_name="float4"), st.floats(-180, 180).map(lambda n: f"{n:.4f}")),
    _fake("uuid", Shape(type_name="uuid"), UUIDS),
    _fake("dob", Shape(type_name="timestamptz"), moments("+00")),
    _fake("lat_lon", Shape(type_name="float8"), st.floats(-180, 180).map(lambda n: f"{n:.7f}")),
    _fake(
        "lat_lon",
        Shape(type_name="numeric", precision=5, scale=2),
        st.floats(-180, 180).map(lambda n: f"{n:.2f}"),
    ),
    _fake("lat_lon", Shape(type_name="point"), PLACES.map(lambda place: f"({place})")),
    _fake("lat_lon", Shape(), PLACES, params={"distance": "2.5"}),
    _fake("dob", Shape(type_name="date", unique=True), DATES),
    _fake("dob", Shape(type_name="timestamptz", unique=True), moments("+00")),
    _fake("ip_address", Shape(type_name="inet"), st.one_of(IPV4, IPV6)),
    _fake("ip_address", Shape(type_name="cidr"), IPV4.map(lambda address: f"{address}/32")),
    _fake("mac_address", Shape(type_name="macaddr"), MACS),
    _fake("mac_address", Shape(type_name="macaddr8"), MACS_8),
    _fake("uuid", Shape(type_name="uuid", unique=True), UUIDS),
    _fake("phone", Shape(type_name="int8"), whole(40)),
    _fake("postcode", Shape(type_name="numeric", precision=7, scale=0), decimals(7, 0)),
    _fake("email", Shape(type_name="mood", labels=LABELS), st.sampled_from(LABELS)),
    _fake("full_name", Shape(type_name="varchar", max_length=40, unique=True), NAMES),
    Case(action={"action": "pseudonym", "provider": "full_name"}, shape=Shape(), values=NAMES),
    *(
        Case(action={"action": "hash"}, shape=_unique(s), values=v, type_sql=t)
        for s, v, t in KEY_TYPES
    ),
    Case(
        action={"action": "hash"},
        shape=Shape(type_name="varchar", max_length=4),
        values=LETTERS.map(lambda v: v[:4]),
    ),
    Case(action={"action": "hash"}, shape=Shape(type_name="inet"), values=st.one_of(IPV4, IPV6)),
    Case(action={"action": "hmac_hash"}, shape=Shape(unique=True), values=LETTERS),
    Case(action={"action": "hmac_hash", "encoding": "base64url"}, shape=Shape(), values=LETTERS),
    *(
        Case(
            action={"action": "fpe", "alphabet": alphabet}, shape=Shape(unique=True), values=LETTERS
        )
        for alphabet in ("digits", "lower", "alphanumeric", "hex")
    ),
    Case(
        action={"action": "fpe"},
        shape=Shape(unique=True),
        values=st.from_regex(r"[0-9]{1,60}", fullmatch=True),
    ),
    Case(action={"action": "fpe"}, shape=Shape(type_name="int4", unique=True), values=whole(32)),
    Case(action={"action": "fpe"}, shape=Shape(type_name="uuid", unique=True), values=UUIDS),
    Case(action={"action": "noise", "ratio": 0.1}, shape=Shape(type_name="int4"), values=whole(32)),
    Case(
        action={"action": "noise", "amount": 50, "minimum": 0, "maximum": 1000},
        shape=Shape(type_name="int2"),
        values=whole(10),
    ),
    Case(
        action={"action": "noise", "ratio": 0.2},
        shape=Shape(type_name="numeric", precision=12, scale=2),
        values=decimals(12, 2),
        type_sql="numeric(12,2)",
    ),
    Case(
        action={"action": "noise", "ratio": 0.2},
        shape=Shape(type_name="numeric"),
        values=decimals(9, 3),
    ),
    Case(
        action={"action": "noise", "amount": 5, "decimals": 1},
        shape=Shape(type_name="float8"),
        values=FLOATS,
    ),
    Case(action={"action": "date_shift", "days": 30}, shape=Shape(type_name="date"), values=DATES),
    Case(
        action={"action": "date_shift", "days": 30},
        shape=Shape(type_name="timestamp"),
        values=moments(""),
    ),
    Case(action={"action": "date_shift", "days": 30}, shape=Shape(), values=DATES),
    *(
        Case(action={"action": "date_shift", "days": 30}, shape=Shape(type_name=name), values=dates)
        for name, dates in (
            ("daterange", DAYS.map(lambda day: f"[{day},{day + timedelta(3)})")),
            ("datemultirange", DAYS.map(lambda day: f"{{[{day},{day + timedelta(3)})}}")),
            ("tstzrange", DAYS.map(lambda day: f'["{day} 10:00:00+00",)')),
        )
    ),
    Case(action=MASKED_MAIL, shape=Shape(type_name="hstore"), values=EMAILS.map(HSTORE)),
    Case(action=MASKED_MAIL, shape=Shape(type_name="xml"), values=EMAILS.map(MARKUP)),
    Case(action=MASKED_MAIL, shape=PERSON, values=EMAILS.map("(kept,{},)".format)),
    Case(action={"action": "static", "value": "gone"}, shape=Shape(), values=NAMES, unkeyed=True),
    Case(
        action={"action": "static", "value": "7"},
        shape=Shape(type_name="int4"),
        values=st.just("12"),
        unkeyed=True,
    ),
    Case(
        action={"action": "fake", "provider": "password"}, shape=Shape(), values=NAMES, unkeyed=True
    ),
    Case(
        action={"action": "fake", "provider": "password_hash"},
        shape=Shape(),
        values=st.one_of(NAMES, BYTES.map(lambda octets: f"$2b$10${octets}")),
        unkeyed=True,
    ),
    Case(
        action={"action": "regex_mask", "pattern": "[0-9]", "replace": "#"},
        shape=Shape(),
        values=LETTERS,
        keeps=True,
        unkeyed=True,
    ),
    Case(
        action={"action": "partial", "first": 1, "last": 2},
        shape=Shape(),
        values=LETTERS,
        unkeyed=True,
    ),
    Case(
        action={"action": "generalize", "to": "month"},
        shape=Shape(type_name="date"),
        values=DATES,
        keeps=True,
        unkeyed=True,
    ),
    Case(
        action={"action": "generalize", "to": "hour"},
        shape=Shape(type_name="timestamptz"),
        values=moments("+00"),
        keeps=True,
        unkeyed=True,
    ),
    Case(
        action={"action": "generalize", "step": 10},
        shape=Shape(type_name="int2"),
        values=whole(16),
        keeps=True,
        unkeyed=True,
    ),
    Case(
        action={"action": "generalize", "step": 0.5},
        shape=Shape(type_name="float8"),
        values=FLOATS,
        keeps=True,
        unkeyed=True,
    ),
    Case(
        action={"action": "generalize", "prefix": 2},
        shape=Shape(),
        values=LETTERS,
        keeps=True,
        unkeyed=True,
    ),
    Case(
        action={"action": "generalize", "network": 16},
        shape=Shape(type_name="inet"),
        values=st.one_of(IPV4, IPV6),
        keeps=True,
        unkeyed=True,
    ),
    Case(
        action={"action": "bucket", "edges": [0, 18, 65]},
        shape=Shape(),
        values=st.integers(-5, 120).map(str),
        unkeyed=True,
    ),
    Case(
        action={"action": "bucket", "edges": [0, 18, 65]},
        shape=Shape(type_name="int4"),
        values=st.integers(-5, 120).map(str),
        keeps=True,
        unkeyed=True,
    ),
]
