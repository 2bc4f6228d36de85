"""Generated values of every kind, as text."""

from __future__ import annotations

from hypothesis import strategies as st

Values = st.SearchStrategy[str]

LETTERS = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40
)
NAMES = st.from_regex(r"[A-Z][a-zé]{1,9}( van)?( [A-Z][a-z]{1,9})?", fullmatch=True)
PHONES = st.from_regex(r"(\+|00)?[1-9][0-9 ]{6,12}", fullmatch=True)
E164 = st.from_regex(r"\+[1-9][0-9]{9,13}", fullmatch=True)
EMAILS = st.from_regex(r"[a-z]{1,8}\.[a-z]{1,8}@[a-z]{2,8}\.invalid", fullmatch=True)
DATES = st.dates().map(lambda day: f"{day:%Y-%m-%d}".rjust(10, "0"))
UUIDS = st.uuids().map(str)
IPV4, IPV6 = st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str)
MACS = st.binary(min_size=6, max_size=6).map(lambda octets: octets.hex(":"))
MACS_8 = st.binary(min_size=8, max_size=8).map(lambda octets: octets.hex(":"))
BYTES = st.binary(min_size=1, max_size=20).map(lambda octets: "\\x" + octets.hex())
FLOATS = st.floats(-1e12, 1e12, allow_nan=False).map(repr)


def whole(bits: int) -> Values:
    """Whole numbers of so many bits, as text."""
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1).map(str)


def decimals(precision: int, scale: int) -> Values:
    """Numbers as `numeric(precision, scale)` prints them."""
    return st.decimals(
        -(10 ** (precision - scale)) + 1, 10 ** (precision - scale) - 1, places=scale
    ).map(lambda number: f"{number:f}" if number else f"{0:.{scale}f}")


def moments(zone: str) -> Values:
    """Timestamps as a session in UTC prints them."""
    return st.datetimes().map(
        lambda at: (
            (
                f"{at.year:04}-{at:%m-%d %H:%M:%S.%f}".rstrip("0").rstrip(".")
                if at.microsecond
                else f"{at.year:04}-{at:%m-%d %H:%M:%S}"
            )
            + zone
        )
    )


PLACES = st.tuples(st.floats(-90, 90), st.floats(-180, 180)).map(
    lambda place: f"{place[0]:.6f},{place[1]:.6f}"
)
LABELS = ("open", "waiting", "closed", "spam", "merged", "on hold", "urgent", "new")
TEXT_PROVIDERS: dict[str, Values] = {
    "first_name": NAMES,
    "last_name": NAMES,
    "full_name": st.one_of(
        NAMES, NAMES.map(lambda name: f"Dr. {name}"), NAMES.map(lambda name: f"{name}, Ann")
    ),
    "email": EMAILS,
    "phone": PHONES,
    "street": LETTERS,
    "city": NAMES,
    "postcode": st.from_regex(r"[0-9]{5}", fullmatch=True),
    "country": NAMES,
    "address": LETTERS,
    "dob": st.one_of(DATES, st.just("03.04.1980"), st.just("unknown")),
    "ip_address": st.one_of(IPV4, IPV6),
    "ssn": st.from_regex(r"[0-9]{3}-[0-9]{2}-[0-9]{4}", fullmatch=True),
    "credit_card": st.from_regex(r"[0-9]{16}", fullmatch=True),
    "iban": st.from_regex(r"DE[0-9]{20}", fullmatch=True),
    "mac_address": MACS,
    "url": LETTERS,
    "user_agent": LETTERS,
    "license_plate": LETTERS,
    "lat_lon": LETTERS,
    "uuid": UUIDS,
    "company": LETTERS,
    "job_title": LETTERS,
    "username": LETTERS,
    "token": st.one_of(
        LETTERS,
        st.from_regex(r"(ghp|sk_live)_[0-9A-Za-z]{24}", fullmatch=True),
        st.from_regex(r"eyJ[0-9A-Za-z]{10}\.[0-9A-Za-z]{20}\.[0-9A-Za-z]{10}", fullmatch=True),
        st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    ),
}
UNIQUE_PROVIDERS = [
    *(
        "first_name",
        "last_name",
        "full_name",
        "email",
        "phone",
        "street",
        "city",
        "country",
        "address",
    ),
    *("ssn", "credit_card", "postcode", "license_plate"),
    *(
        "ip_address",
        "iban",
        "url",
        "user_agent",
        "uuid",
        "company",
        "job_title",
        "username",
        "token",
    ),
]
# The least room that a provider's fakes are made for, where it is less than what they would like.
NARROW = {
    "first_name": 6,
    "full_name": 10,
    "email": 20,
    "phone": 14,
    "postcode": 3,
    "country": 2,
    "address": 20,
    "ip_address": 15,
    "ssn": 10,
    "user_agent": 80,
    "uuid": 32,
    "username": 8,
    "url": 28,
}
# What wraps an address or a number in a column of them, and lists of two.
WRAPPERS = {
    "email": ["{}", "Ada Kestrel <{}>", "mailto:{}", "u={};", "<{}>", "{} (Ada)"],
    "phone": ["{}", "tel:{}", "home: {}"],
    "ip_address": ["{}", "{}:443", "for={};proto=https"],
    "mac_address": ["{}", "{}-eth0", "{} (lobby)"],
}
INSIDE = {"email": EMAILS, "phone": E164, "ip_address": IPV4, "mac_address": MACS}
WRAPPED: dict[str, Values] = {
    kind: st.one_of(
        st.builds(str.format, st.sampled_from(wrappers), INSIDE[kind]),
        st.builds("{}, {}".format, INSIDE[kind], INSIDE[kind]),
    )
    for kind, wrappers in WRAPPERS.items()
}
