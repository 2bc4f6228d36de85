"""Lists what columns of personal data are called, in English, German, French and Spanish."""

from __future__ import annotations

import re

from privaci_core.masks.base.shape import ADDRESSES, DATES, HARDWARE, NUMBERS, TEXT

# A name is cut into words at underscores and capitals; patterns see them in lower case,
# with one blank between two words.
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words_of(name: str) -> str:
    """The words of a name, as the patterns expect them."""
    return " ".join(word.lower() for word in WORDS.findall(name))


def _named(*forms: str) -> re.Pattern[str]:
    """Names that end with one of the forms."""
    return re.compile(rf"(?:.* )?(?:{'|'.join(forms)})")


# Kind, the types that can hold it, and names of its columns. The first entry that fits counts.
KINDS: tuple[tuple[str, frozenset[str], re.Pattern[str]], ...] = (
    (
        "email",
        TEXT,
        _named(r"e ?mails?", r"correo", r"courriel", r"e ?mail (address|adresse)"),
    ),
    (
        "password",
        TEXT | {"bytea"},
        _named(
            r"passwords?|passwd|passwort|contrasena|mot de passe",
            r"(password|secret|token|key) ?hash",
            r"api key|secret|pin",
        ),
    ),
    (
        "phone",
        TEXT | NUMBERS,
        _named(
            r"phones?|mobile|cell(ular)?",
            r"tele?(fon|phone|fono)s?|tel|fax",
            r"(phone|mobile|cell(ular)?|tele?(fon|phone|fono)|tel|fax|handy) ?(number|no|nummer)",
            r"handy|movil|rufnummer",
        ),
    ),
    (
        "first_name",
        TEXT,
        _named(r"(first|given|middle|fore) ?names?|fname", r"vornamen?|prenom|nombres?"),
    ),
    (
        "last_name",
        TEXT,
        _named(
            r"(last|family|sur) ?names?|lname|maiden name",
            r"nachname|familienname|nom( de famille)?|apellidos?",
        ),
    ),
    (
        "full_name",
        TEXT,
        _named(
            r"full ?name|real ?name|display name|card ?holder|emergency contact",
            r"vollstandiger name|aliases",
        ),
    ),
    (
        "dob",
        DATES | TEXT,
        _named(
            r"dob|birth ?(date|day)|date of birth|born( on)?",
            r"geburts(tag|datum)|geboren|date de naissance|fecha nacimiento",
        ),
    ),
    (
        "ssn",
        TEXT | NUMBERS,
        _named(
            r"ssn|sin|nino|dni",
            r"(social security|passport)( (number|no))?",
            r"(national|tax) (id|number|no)|steuer ?(id|nummer)",
        ),
    ),
    (
        "credit_card",
        TEXT | NUMBERS,
        _named(r"(credit |debit )?card (number|no|num)", r"cc (number|num)|credit card|pan"),
    ),
    (
        "iban",
        TEXT,
        _named(r"iban|bank account( (number|no))?", r"account (number|no)|konto ?nummer"),
    ),
    (
        "record_number",
        TEXT | NUMBERS,
        _named(
            r"mrn|medical record( (number|no))?",
            r"(patient|licen[sc]e|insurance|policy) (number|no)",
        ),
    ),
    ("ip_address", TEXT | ADDRESSES, _named(r"ip|ip ?addr(ess)?|remote addr(ess)?")),
    ("mac_address", TEXT | HARDWARE.keys(), _named(r"mac|mac ?addr(ess)?")),
    (
        "street",
        TEXT,
        _named(
            r"streets?|(street )?address( (line )?\d?)?|addr",
            r"strasse|rue|calle|direccion|adresse|anschrift",
        ),
    ),
    ("city", TEXT, _named(r"city|town|wohnort|stadt|ville|ciudad")),
    (
        "postcode",
        TEXT | NUMBERS,
        _named(
            r"post ?code|postal code|zip( ?code)?",
            r"plz|code postal|codigo postal",
        ),
    ),
    ("username", TEXT, _named(r"user ?name|login|nick ?name|screen name|benutzername")),
    ("user_agent", TEXT, _named(r"user agent")),
    (
        "lat_lon",
        TEXT | NUMBERS | {"point"},
        _named(r"lat(itude)?|lon(gitude)?|lng|geo|coordinates"),
    ),
    ("url", TEXT, _named(r"(home ?page|profile|avatar|photo) (url|link)|url")),
)
# Text that people write, which often names people.
FREE_TEXT = _named(
    r"notes?|comments?|message|body|remarks?|bemerkung",
    r"subject|biography|bio|feedback|complaint",
)
# Tables about people: `name` in one of them is a person's name.
PEOPLE = _named(
    r"persons?|people|users?|customers?|clients?|patients?|employees?|contacts?",
    r"members?|staff|students?|addresses|address|authors?|actors?|subscribers?",
    r"leads?|doctors?|practitioners?|guests?",
    r"kunden?|personen|benutzer|mitarbeiter|clientes?",
)
# Keys of a document above a person's name.
HOLDERS = _named(
    r"holder|owner|sender|recipient|billing|shipping|profile|account|insured",
    r"guardian|person",
)
# The name of a person in whatever table.
NAME_OF_PERSON = re.compile(
    r"(contact|customer|patient|holder|owner|author|billing|recipient|employee|user"
    r"|manager|sender|ship) name"
)
# What begins so belongs to a person, whatever its table is about.
OF_PERSON = re.compile(
    r"(billing|ship(ping)?|delivery|home|private|contact|customer|patient|holder|owner) "
)
# Words that name people in one language and things in many databases.
AMBIGUOUS = re.compile(r"nombres?|nom|aliases|tel|sin|pan|pin|mac|handy|secret|fax|geo")
