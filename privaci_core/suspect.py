"""Suspects columns of holding something about people by their names, in several languages, their types and tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from privaci_core.masks.shape import ADDRESSES, DATES, HARDWARE, NUMBERS, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.catalog import Catalog, Column, Relation
    from privaci_core.ties import Place

Confidence = Literal["high", "medium"]

DOCUMENT = frozenset({"json", "jsonb"})
# Kind, types that can hold it, and what columns that hold it are called. The first that fits counts; a name is cut into
# words at underscores and capitals, which stand between blanks here.
NAMES: tuple[tuple[str, frozenset[str], str], ...] = (
    ("email", TEXT, r"e ?mails?|correo|courriel|e ?mail (address|adresse)"),
    (
        "password",
        TEXT,
        r"passwords?|passwd|passwort|contrasena|mot de passe|(password|secret|token|key) ?hash|api key|secret|pin",
    ),
    ("phone", TEXT | NUMBERS, r"phones?|mobile|cell(ular)?|tele?(fon|phone|fono)s?|tel|fax|handy|movil|rufnummer"),
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
    ("credit_card", TEXT | NUMBERS, r"(credit |debit )?card (number|no|num)|cc (number|num)|credit card|pan"),
    ("iban", TEXT, r"iban|bank account( (number|no))?|account (number|no)|konto ?nummer"),
    (
        "record_number",
        TEXT | NUMBERS,
        r"mrn|medical record( (number|no))?|(patient|licen[sc]e|insurance|policy) (number|no)",
    ),
    ("ip_address", TEXT | ADDRESSES, r"ip|ip ?addr(ess)?|remote addr(ess)?"),
    ("mac_address", TEXT | HARDWARE.keys(), r"mac|mac ?addr(ess)?"),
    ("street", TEXT, r"streets?|(street )?address( (line )?\d?)?|addr|strasse|rue|calle|direccion|adresse|anschrift"),
    ("city", TEXT, r"city|town|wohnort|stadt|ville|ciudad"),
    ("postcode", TEXT | NUMBERS, r"post ?code|postal code|zip( ?code)?|plz|code postal|codigo postal"),
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
    r"|authors?|actors?|subscribers?|leads?|doctors?|practitioners?|guests?|kunden?|personen|benutzer|mitarbeiter|clientes?)"
)
OF_PEOPLE = re.compile(
    r"(contact|customer|patient|holder|owner|author|billing|recipient|employee|user|manager|sender|ship) name"
)
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
PATTERNS = tuple((kind, types, re.compile(rf"(?:.* )?(?:{names})")) for kind, types, names in NAMES)
# What a column's name says alone, and what may be something else in many databases.
UNSURE = frozenset({"city", "url", "username", "lat_lon", "record_number", "street", "free_text", "document"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What a column seems to hold, how sure that is, and why; nothing of its rows was looked at."""

    kind: str
    confidence: Confidence
    evidence: str


def suspicions(catalog: Catalog) -> dict[Place, Suspicion]:
    """The columns of tables that seem to hold something about people."""
    return {
        (relation.oid, column.name): found
        for relation in catalog.relations
        if relation.kind in {"r", "p"}
        for column in catalog.columns.get(relation.oid, ())
        if (found := next(_suspected(relation, column), None))
    }


def _suspected(relation: Relation, column: Column) -> Iterator[Suspicion]:
    name, kind_of_type = _words(column.name), column.scalar_type
    for kind, types, pattern in PATTERNS:
        if kind_of_type in types and pattern.fullmatch(name):
            confidence: Confidence = "medium" if kind in UNSURE or kind_of_type in NUMBERS else "high"
            yield Suspicion(kind=kind, confidence=confidence, evidence=f"its name and its type {kind_of_type}")
    if kind_of_type in TEXT:
        if OF_PEOPLE.fullmatch(name) or (name == "name" and PEOPLE.fullmatch(_words(relation.name))):
            yield Suspicion(kind="full_name", confidence="high", evidence="its name and its table's")
        if FREE_TEXT.fullmatch(name):
            yield Suspicion(kind="free_text", confidence="medium", evidence="its name: text of people about people")
    if kind_of_type in ADDRESSES:
        yield Suspicion(kind="ip_address", confidence="high", evidence=f"its type {kind_of_type}")
    if kind_of_type in HARDWARE:
        yield Suspicion(kind="mac_address", confidence="high", evidence=f"its type {kind_of_type}")
    if kind_of_type in DOCUMENT:
        yield Suspicion(kind="document", confidence="medium", evidence="a document can hold anything")


def _words(name: str) -> str:
    return " ".join(word.lower() for word in WORDS.findall(name))
