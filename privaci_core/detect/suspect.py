"""Suspects columns of holding something about people: by names in several languages, types, tables and contents."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from privaci_core.detect.sample import DOCUMENT, Contents
from privaci_core.masks.base.shape import ADDRESSES, DATES, HARDWARE, NUMBERS, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Column, Place, Relation
    from privaci_core.detect.recognise import Looks

Confidence = Literal["high", "medium", "low"]

# Kind, types that can hold it, and what columns that hold it are called. The first that fits counts; a name is cut into
# words at underscores and capitals, which stand between blanks here.
NAMES: tuple[tuple[str, frozenset[str], str], ...] = (
    ("email", TEXT, r"e ?mails?|correo|courriel|e ?mail (address|adresse)"),
    (
        "password",
        TEXT | {"bytea"},
        r"passwords?|passwd|passwort|contrasena|mot de passe|(password|secret|token|key) ?hash|api key|secret|pin",
    ),
    (
        "phone",
        TEXT | NUMBERS,
        r"phones?|mobile|cell(ular)?|tele?(fon|phone|fono)s?|tel|fax|handy|movil|rufnummer",
    ),
    ("first_name", TEXT, r"(first|given|middle|fore) ?names?|fname|vornamen?|prenom|nombres?"),
    (
        "last_name",
        TEXT,
        r"(last|family|sur) ?names?|lname|maiden name|nachname|familienname|nom( de famille)?|apellidos?",
    ),
    (
        "full_name",
        TEXT,
        r"full ?name|real ?name|display name|card ?holder|emergency contact|vollstandiger name|aliases",
    ),
    (
        "dob",
        DATES | TEXT,
        r"dob|birth ?(date|day)|date of birth|born( on)?|geburts(tag|datum)|geboren|date de naissance|fecha nacimiento",
    ),
    (
        "ssn",
        TEXT | NUMBERS,
        r"ssn|sin|nino|dni|(social security|passport)( (number|no))?|(national|tax) (id|number|no)|steuer ?(id|nummer)",
    ),
    (
        "credit_card",
        TEXT | NUMBERS,
        r"(credit |debit )?card (number|no|num)|cc (number|num)|credit card|pan",
    ),
    ("iban", TEXT, r"iban|bank account( (number|no))?|account (number|no)|konto ?nummer"),
    (
        "record_number",
        TEXT | NUMBERS,
        r"mrn|medical record( (number|no))?|(patient|licen[sc]e|insurance|policy) (number|no)",
    ),
    ("ip_address", TEXT | ADDRESSES, r"ip|ip ?addr(ess)?|remote addr(ess)?"),
    ("mac_address", TEXT | HARDWARE.keys(), r"mac|mac ?addr(ess)?"),
    (
        "street",
        TEXT,
        r"streets?|(street )?address( (line )?\d?)?|addr|strasse|rue|calle|direccion|adresse|anschrift",
    ),
    ("city", TEXT, r"city|town|wohnort|stadt|ville|ciudad"),
    (
        "postcode",
        TEXT | NUMBERS,
        r"post ?code|postal code|zip( ?code)?|plz|code postal|codigo postal",
    ),
    ("username", TEXT, r"user ?name|login|nick ?name|screen name|benutzername"),
    ("user_agent", TEXT, r"user agent"),
    ("lat_lon", TEXT | NUMBERS | {"point"}, r"lat(itude)?|lon(gitude)?|lng|geo|coordinates"),
    ("url", TEXT, r"(home ?page|profile|avatar|photo) (url|link)|url"),
)
# Called so, text is written by people about people.
FREE_TEXT = re.compile(
    r"(.* )?(notes?|comments?|message|body|remarks?|bemerkung|subject|biography|bio|feedback|complaint)"
)
# A column that is only called a name is a person's where the table is about people.
PEOPLE = re.compile(
    r"(.* )?(persons?|people|users?|customers?|clients?|patients?|employees?|contacts?|members?|staff|students?"
    r"|addresses|address|authors?|actors?|subscribers?|leads?|doctors?|practitioners?|guests?|kunden?|personen|benutzer|mitarbeiter|clientes?)"
)
OF_SOMEBODY = re.compile(
    r"(billing|ship(ping)?|delivery|home|private|contact|customer|patient|holder|owner) "
)
# What in a document stands above a person's name.
HOLDER = re.compile(
    r"(.* )?(holder|owner|sender|recipient|billing|shipping|profile|account|insured|guardian|person)"
)
OF_PEOPLE = re.compile(
    r"(contact|customer|patient|holder|owner|author|billing|recipient|employee|user|manager|sender|ship) name"
)
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
PATTERNS = tuple((kind, types, re.compile(rf"(?:.* )?(?:{names})")) for kind, types, names in NAMES)
# What a column's name says alone, and what may be something else in many databases.
UNSURE = frozenset(
    {"city", "postcode", "url", "username", "lat_lon", "record_number", "street", "user_agent"}
)
# Where somebody lives, if somebody is in the table at all; else where a shop or a clinic is.
LOCATED = frozenset({"city", "postcode", "street", "lat_lon", "username"})
# What is told and left to a person, however much it looks like it.
NEVER_SURE = frozenset({"url", "user_agent"})
IDENTIFYING = frozenset({"full_name", "first_name", "last_name", "dob", "ssn"})
# Words that name people in one language and things in many databases.
AMBIGUOUS = re.compile(r"nombres?|nom|aliases|tel|sin|pan|pin|mac|handy|secret|fax|geo")
# What is so much like its kind that its form alone tells it.
TELLING = (
    "email",
    "iban",
    "credit_card",
    "ssn",
    "mac_address",
    "password",
    "ip_address",
    "phone",
    "npi",
    "street",
)
NAMES_OF_PEOPLE = ("full_name", "first_name", "last_name")
# What no value of the kind can be without: where it is missing, the column's name means something else.
FORMAL = frozenset({"email", "ip_address", "mac_address"})
NUMERAL = frozenset({"phone", "ssn", "iban", "credit_card", "postcode", "record_number", "dob"})
AS_WORDS = {
    "full_name": "names of people",
    "first_name": "given names",
    "last_name": "family names",
    "npi": "NPI",
}
COMPOSITE = "c"
FEW, FEW_NAMES, SOME, HALF, MOST = 0.05, 0.15, 0.3, 0.5, 0.8
SOMEBODYS_NAME = "its name and its table's"
# So many different values must agree before their form alone is enough.
ENOUGH = 8
BORN_FIRST, BORN_LAST, GENERATION = 1900, 2020, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What a column seems to hold, how sure that is, and why: names, shares and counts, never a value."""

    kind: str
    confidence: Confidence
    evidence: str
    # The places inside a document that surely hold something, with their kinds.
    paths: tuple[tuple[str, str], ...] = ()


NOTHING = Contents()


def suspicions(
    catalog: Catalog, contents: Mapping[Place, Contents] | None = None
) -> dict[Place, Suspicion]:
    """The columns of tables that seem to hold something about people, by their names and by what was sampled."""
    known = contents or {}
    found: dict[Place, Suspicion] = {}
    for relation in catalog.relations:
        if relation.kind in {"r", "p"}:
            columns = catalog.columns.get(relation.oid, ())
            suspected = {
                column.name: suspicion
                for column in columns
                if (
                    suspicion := _suspected(
                        relation, column, known.get((relation.oid, column.name), NOTHING)
                    )
                )
            }
            found |= {
                (relation.oid, name): s for name, s in _in_context(relation, suspected).items()
            }
    return found


def _in_context(relation: Relation, suspected: dict[str, Suspicion]) -> dict[str, Suspicion]:
    """An address is a person's where the table is about people, or names one."""
    sure = {suspicion.kind for suspicion in suspected.values() if suspicion.confidence == "high"}
    peopled = bool(PEOPLE.fullmatch(_words(relation.name)) or sure & IDENTIFYING)
    return {
        name: _located(name, s, peopled=peopled) if s.kind in LOCATED else s
        for name, s in suspected.items()
    }


def _located(name: str, suspicion: Suspicion, *, peopled: bool) -> Suspicion:
    if peopled:
        return replace(
            suspicion,
            confidence="high",
            evidence=f"{suspicion.evidence}; its table is about people",
        )
    return replace(suspicion, confidence="high" if OF_SOMEBODY.match(_words(name)) else "low")


def _suspected(relation: Relation, column: Column, contents: Contents) -> Suspicion | None:
    """What the name says, unless the values say otherwise; else what they say by themselves."""
    about_people = bool(PEOPLE.fullmatch(_words(relation.name)))
    if column.scalar_type in DOCUMENT:
        return _in_document(contents)
    name, looks = _words(column.name), contents.looks
    kind_of_type = "text" if column.scalar_kind == COMPOSITE else column.scalar_type
    named = next(_by_name(name, kind_of_type, about_people=about_people), None)
    if named is not None and column.scalar_kind == COMPOSITE:
        return replace(
            named, confidence="medium", evidence="its name; a composite can hold anything"
        )
    if named is not None and _contradicted(named.kind, name, looks):
        named = None
    if named is not None and looks.share(named.kind) >= HALF:
        sure: Confidence = "medium" if named.kind in NEVER_SURE else "high"
        return replace(named, confidence=sure, evidence=f"its name; {_share(named.kind, looks)}")
    if named is not None and named.evidence == SOMEBODYS_NAME and _names_few(looks):
        named = replace(named, confidence="medium")
    found = _by_contents(contents, about_people=about_people)
    keeps_name = found is None or found.confidence == "medium"
    return named if named is not None and (named.confidence == "high" or keeps_name) else found


def _by_contents(contents: Contents, *, about_people: bool) -> Suspicion | None:
    """What a column's values say by themselves."""
    found = next(_by_value(contents.looks, about_people=about_people), None)
    if found is not None:
        return found
    if contents.naming >= SOME:
        evidence = f"a language model finds people in {contents.naming:.0%} of some sampled texts"
        return Suspicion(kind="free_text", confidence="medium", evidence=evidence)
    if about_people and contents.years and contents.distinct > ENOUGH:
        return _born(contents.years)
    return None


def _by_name(name: str, kind_of_type: str, *, about_people: bool) -> Iterator[Suspicion]:
    for kind, types, pattern in PATTERNS:
        if kind_of_type in types and pattern.fullmatch(name):
            confidence: Confidence = (
                "medium" if kind in UNSURE or kind_of_type in NUMBERS else "high"
            )
            yield Suspicion(
                kind=kind, confidence=confidence, evidence=f"its name and its type {kind_of_type}"
            )
    if kind_of_type in TEXT:
        if OF_PEOPLE.fullmatch(name) or (name == "name" and about_people):
            yield Suspicion(kind="full_name", confidence="high", evidence=SOMEBODYS_NAME)
        if FREE_TEXT.fullmatch(name):
            yield Suspicion(
                kind="free_text",
                confidence="medium",
                evidence="its name: text of people about people",
            )
    if kind_of_type in ADDRESSES:
        yield Suspicion(kind="ip_address", confidence="high", evidence=f"its type {kind_of_type}")
    if kind_of_type in HARDWARE:
        yield Suspicion(kind="mac_address", confidence="high", evidence=f"its type {kind_of_type}")


def _names_few(looks: Looks) -> bool:
    """Whether what is called somebody's name is mostly other words, as the names of firms are."""
    return (
        looks.distinct >= ENOUGH and max(looks.share(kind) for kind in NAMES_OF_PEOPLE) < FEW_NAMES
    )


def _contradicted(kind: str, name: str, looks: Looks) -> bool:
    """Whether what was sampled cannot be what the name says."""
    if not looks.distinct:
        return False
    if kind in FORMAL:
        return looks.share(kind) < FEW
    if kind in NUMERAL:
        return looks.digits < HALF
    if kind in NAMES_OF_PEOPLE:
        hardly = max(looks.share(known) for known in NAMES_OF_PEOPLE) < FEW
        return looks.letters < HALF or (hardly and bool(AMBIGUOUS.fullmatch(name)))
    return (
        kind == "password"
        and looks.distinct > ENOUGH
        and bool(AMBIGUOUS.fullmatch(name))
        and looks.words > 1
    )


def _by_value(looks: Looks, *, about_people: bool) -> Iterator[Suspicion]:
    """What the values look like by themselves, the surest first; what has the form of a UUID is nobody's."""
    if looks.share("uuid") >= HALF:
        return
    for kind in sorted(TELLING, key=looks.share, reverse=True):
        if looks.share(kind) >= SOME:
            sure = looks.share(kind) >= MOST and looks.distinct >= ENOUGH
            yield Suspicion(
                kind=kind, confidence="high" if sure else "medium", evidence=_share(kind, looks)
            )
    for kind in sorted(NAMES_OF_PEOPLE, key=looks.share, reverse=True):
        if looks.share(kind) >= HALF and looks.distinct >= ENOUGH:
            sure = about_people and kind == "full_name"
            yield Suspicion(
                kind=kind, confidence="high" if sure else "medium", evidence=_share(kind, looks)
            )
    if looks.telling >= FEW:
        evidence = f"{looks.telling:.0%} of {looks.distinct} sampled texts name people, addresses or numbers"
        yield Suspicion(kind="free_text", confidence="medium", evidence=evidence)


def _born(years: tuple[int, int]) -> Suspicion | None:
    first, last = years
    if first < BORN_FIRST or last > BORN_LAST or last - first < GENERATION:
        return None
    evidence = f"its table's name; dates over {last - first} years"
    return Suspicion(kind="dob", confidence="medium", evidence=evidence)


def _in_document(contents: Contents) -> Suspicion:
    """What stands at its paths, as far as keys and values tell; the rest of a document can hold anything."""
    sure: dict[str, str] = {}
    for path, looks in contents.paths.items():
        keys = [_words(key) for key in path.replace("[*]", "").split(".")[1:]]
        name, above = (keys[-1] if keys else ""), (keys[-2] if len(keys) > 1 else "")
        about_people = bool(
            PEOPLE.fullmatch(above) or PEOPLE.fullmatch(f"{above}s") or HOLDER.fullmatch(above)
        )
        named = next(_by_name(name, "text", about_people=about_people), None)
        if named is not None and _contradicted(named.kind, name, looks):
            named = None
        found = (
            named
            if named and named.confidence == "high"
            else next(_by_value(looks, about_people=about_people), None)
        )
        if found is not None and found.confidence == "high":
            sure[path] = found.kind
    if not sure:
        return Suspicion(
            kind="document", confidence="medium", evidence="a document can hold anything"
        )
    told = ", ".join(f"{path} ({kind})" for path, kind in sure.items())
    return Suspicion(
        kind="document", confidence="high", evidence=f"its paths {told}", paths=tuple(sure.items())
    )


def _share(kind: str, looks: Looks) -> str:
    word = AS_WORDS.get(kind, kind.replace("_", " "))
    return f"{looks.share(kind):.0%} of {looks.distinct} sampled values look like {word}"


def _words(name: str) -> str:
    return " ".join(word.lower() for word in WORDS.findall(name))
