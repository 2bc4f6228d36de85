"""Lists what columns of personal data are called, in meanings of words, whatever the language.

A phrase is a set of meanings, as `detect/words` gives them: `birth date` fits `birth_date`,
`dateofbirth`, `geburtsdatum` and `date_de_naissance`.
"""

from __future__ import annotations

from dataclasses import dataclass

from privaci_core.masks.base.shape import ADDRESSES, DATE_RANGES, DATES, HARDWARE, NUMBERS, TEXT

# Meanings of words that speak of a person.
PERSON = frozenset(
    {"person", "customer", "someone", "user", "driver", "member", "contact", "holder", "agent"}
    | {"citizen", "kin", "policyholder", "maiden"}
)
# What belongs to a person, whatever the table is about.
OF_PERSON = PERSON | {"ofperson", "emergency"}
# Words beside a phrase that do not change what the column holds.
QUALIFIERS = OF_PERSON | {
    *("work", "first", "last", "full", "legal", "display", "line", "by", "to", "insurance"),
    *("bank", "login", "national", "private", "loyalty", "credit", "number", "profile"),
    *("session", "device", "encrypted", "recovery", "postal", "electronic"),
}
# Meanings that turn a column into one that says something about the data: `email_verified`.
ABOUT, WHETHER = frozenset({"attribute", "id", "when"}), "whether"
THING = "thing"
# Things have names too, and firms secrets.
NAMES = frozenset({"full_name", "username"})
SHARED_WITH_THINGS = NAMES | {"secret", "url"}
# What reaches a person through a shop or a car, too.
ALSO_OF_THINGS = frozenset({"email", "phone", "license_plate"})
# Never masked by their names alone.
NEVER_SURE = frozenset({"url", "free_text"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of personal data, the types that can hold it, and phrases that name it.

    `certain` phrases are enough; `usual` ones are named; `possible` ones need their table's help.
    """

    name: str
    types: frozenset[str]
    certain: str = ""
    usual: str = ""
    possible: str = ""


BINARY = TEXT | {"bytea"}
NUMERAL = TEXT | NUMBERS
# A UUID opens a session, or tells a device, as well as text does.
OPENING = BINARY | {"uuid"}
# Of two kinds whose phrases are as long, the one whose phrase is the name's head counts; then the
# first one.
KINDS: tuple[Kind, ...] = (
    Kind(
        name="email",
        types=TEXT,
        certain="email, email address, mailword electronic, email id, reply to",
    ),
    Kind(
        name="secret",
        types=OPENING,
        certain=(
            "token, token hash, token key, secret, secret key, secret hash, private key, "
            "access key, auth key, password salt, auth code, recovery code, recovery key, "
            "factor secret, factor, factor key, factor seed, session key, session id, token card"
        ),
        usual="session, salt, auth id, password code, api key",
    ),
    Kind(
        name="password",
        types=BINARY,
        certain=(
            "password, password hash, encrypted password, word passwordword, password word, "
            "pass hash, pass word"
        ),
        possible="hash, pass",
    ),
    Kind(
        name="digest",
        types=BINARY,
        certain="email hash, phone hash, contact hash, address hash, ip hash, name hash",
    ),
    Kind(
        name="phone",
        types=NUMERAL,
        certain=(
            "phone, phone number, calling number, contact number, emergency contact number, "
            "work calling, landline number, landline phone"
        ),
    ),
    Kind(
        name="first_name",
        types=TEXT,
        certain="firstname, first name, names, firstname name",
    ),
    Kind(
        name="last_name",
        types=TEXT,
        certain=(
            "lastname, last name, maiden name, name family, maiden, lastname name, lastname "
            "person, name birth"
        ),
    ),
    Kind(
        name="full_name",
        types=TEXT,
        certain=(
            "fullname, full name, holder, holder name, holder account, holder card, holder "
            "policy, person, person name, someone name, contact person, emergency contact, "
            "emergency contact name, kin, kin name, member name, driver name, citizen name, "
            "policyholder, policyholder name, customer name, user name, contact name, agent "
            "name, ofperson name, by, by name"
        ),
        usual="display name, legal name, customer, contact, account name, card name",
        possible="name, user, member, agent, driver, someone",
    ),
    Kind(
        name="dob",
        types=DATES | DATE_RANGES | TEXT,
        certain="birth, birth date, birth when",
    ),
    Kind(
        name="tax_id",
        types=NUMERAL,
        certain=(
            "taxid, tax iva, tax number, tax id, vat number, vat id, tax id number, taxid number, "
            "national tax number, tax code, tax person number, iva"
        ),
        usual="vat",
    ),
    Kind(
        name="ssn",
        types=NUMERAL,
        certain=(
            "ssn, socialsecurity number, socialsecurity security number, national id, "
            "national id number, national number, socialsecurity, national insurance number, "
            "citizen number, citizen id, identity number, code tax, ssn number, "
            "socialsecurity security"
        ),
        usual="identity, national",
    ),
    Kind(
        name="id_document",
        types=NUMERAL,
        certain=(
            "passport, passport number, identity card, identity document, identity papers, "
            "document id, document id number, identity card number, identity passport, "
            "piece identity, piece identity number"
        ),
        usual="papers, papers number, document number",
    ),
    Kind(
        name="driver_licence",
        types=NUMERAL,
        certain=(
            "driverlicence, driver licence, driver licence number, licence number, licence person"
        ),
        usual="licence",
    ),
    Kind(
        name="license_plate",
        types=TEXT,
        certain=("plate, plate number, licence plate, licence plate number, registration plate"),
        usual="registration number, registration",
    ),
    Kind(
        name="credit_card",
        types=NUMERAL,
        certain=(
            "card number, credit card, credit card number, pan, card account number, credit number"
        ),
    ),
    Kind(
        name="cvv",
        types=NUMERAL,
        certain="cvv, cvv code, security code, card security code",
    ),
    Kind(
        name="pin",
        types=NUMERAL,
        certain="pin, pin code, access code, pin hash",
    ),
    Kind(
        name="iban",
        types=TEXT,
        certain=("iban, bank account, bank account number, account number, iban number, key iban"),
        usual="account",
    ),
    Kind(
        name="npi",
        types=NUMERAL,
        certain="npi, npi number",
    ),
    Kind(
        name="record_number",
        types=NUMERAL,
        certain=(
            "recordnumber, mrn, medical record, medical record number, person number, policy "
            "number, insurance id, insurance number, insurance member id, member number, "
            "member id, policynumber, loyalty card number, loyalty number, customer number, "
            "medical number, insurance medical, traveler number, person mrn, sim number, "
            "device id number, enrolment number, registration work, registration work number, "
            "person id number, known traveler number, medical card"
        ),
        usual="insurance, record number",
        possible="medical",
    ),
    Kind(
        name="ip_address",
        types=TEXT | ADDRESSES,
        certain="ip, ip address, remote address, ip number",
    ),
    Kind(
        name="mac_address",
        types=TEXT | HARDWARE.keys(),
        certain="mac, mac address",
    ),
    Kind(
        name="device",
        types=NUMERAL | OPENING,
        certain=(
            "fingerprint, deviceid, device id, device fingerprint, advertising id, deviceid number"
        ),
    ),
    Kind(
        name="street",
        types=TEXT,
        possible=("street, address, address line, street address, line, street name, house street"),
    ),
    Kind(
        name="city",
        types=TEXT,
        possible="city, city name",
    ),
    Kind(
        name="postcode",
        types=NUMERAL,
        possible="postcode, postal code, postcode code",
    ),
    Kind(
        name="username",
        types=TEXT,
        certain=("login name, user login, username, nickname, username name, nickname name"),
        usual=(
            "login, login id, handle, alias, socialnetwork, socialnetwork handle, "
            "socialnetwork name, user handle"
        ),
    ),
    Kind(
        name="user_agent",
        types=TEXT,
        certain="user agent, useragent",
    ),
    Kind(
        name="photo",
        types=frozenset({"bytea"}),
        possible="photo",
    ),
    Kind(
        name="lat_lon",
        types=TEXT | NUMBERS | {"point"},
        possible="latitude, longitude, coordinates, place coordinates",
    ),
    Kind(
        name="photo_url",
        types=TEXT,
        possible="photo url, photo path, photo file",
    ),
    Kind(
        name="url",
        types=TEXT,
        usual="url, profile url, socialnetwork url",
    ),
    Kind(
        name="free_text",
        types=TEXT,
        usual=("text, bio, text bio, text name, report text, report, account report, text agent"),
        possible="description",
    ),
)
# Keys of a document above a person's name, besides those of PERSON.
HOLDERS = OF_PERSON | {"profile", "account", "insurance"}
