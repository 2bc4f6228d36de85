"""Says which object the target refused, by which SQLSTATE, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.errors import CopyError
from privaci_core.postgres.driver_errors import remedy_of, what_failed
from privaci_core.postgres.names import shown

if TYPE_CHECKING:
    import psycopg

    from privaci_core.ddl.dump import Entry

COMPARE = "Compare the versions, the extensions and the settings of both servers."
BROKEN_ROWS = (
    "Rows of the copy break it. If they break it in the source as well (a key that is NOT VALID,"
    " a function that changed), mend them there; else change the mask of its columns: privaci plan."
)
ROLES = "docs/how-to/roles.md"
PRIVILEGE = (
    "Give the target's user what it needs: it must own the database, and only a superuser creates"
    f" some kinds of objects. {ROLES} says what each side needs."
)
LIBRARY = "Install on the target's server the library that it is compiled in."
EXISTS = (
    "The target has an object of this name already: drop it, or let"
    " `on_existing_data: drop_create` empty the target first."
)
# Classes of codes that no object causes: the connection broke, the server lacks a resource, or it
# ended the session.
OF_THE_SERVER = frozenset({"", "53", "57"})
# Letters that an encoding lacks.
OF_ENCODINGS = frozenset({"22021", "22P05"})
# By the kind of object and the SQLSTATE; by the kind alone; by the SQLSTATE alone; by its class.
ADVICE = {
    ("ACCESS METHOD", ""): LIBRARY,
    ("COLLATION", ""): (
        "Install its locale in the operating system of the target's server, or use a server that"
        " is built with ICU if it is a collation of ICU."
    ),
    ("CONVERSION", "58P01"): LIBRARY,
    ("EVENT TRIGGER", "42501"): "Only a superuser creates an event trigger: refresh as one.",
    ("EXTENSION", ""): "Install the extension {name} on the target server.",
    ("EXTENSION", "42501"): (
        "Let a superuser create it in the target: CREATE EXTENSION {name}."
        " Keep it there with `on_existing_data: truncate`."
    ),
    ("FOREIGN DATA WRAPPER", "42501"): (
        "Only a superuser creates a foreign-data wrapper: refresh as one."
    ),
    ("FUNCTION", "42501"): (
        "Its language is untrusted, so only a superuser creates it: refresh as one, or drop it"
        " from the source."
    ),
    ("FUNCTION", "42704"): (
        "The target lacks its language or a type that it names: install the extension of the"
        " language on the target's server."
    ),
    ("FUNCTION", "42883"): LIBRARY,
    ("FUNCTION", "58P01"): LIBRARY,
    ("POLICY", "42704"): "Create on the target's server the roles that the policy names.",
    ("PROCEDURAL LANGUAGE", ""): "Install the language {name} on the target server.",
    ("PUBLICATION", "42501"): (
        "Only a superuser publishes all tables: refresh as one, or leave publications out with"
        " --no-publications."
    ),
    ("TABLE", "22023"): (
        "The target lacks the access method that stores it: install the extension that has it."
    ),
    ("TYPE", "58P01"): LIBRARY,
    ("", "0A000"): "The target's server is older or built otherwise. " + COMPARE,
    ("", "42501"): PRIVILEGE,
    ("", "42601"): "The target's server does not know this syntax: it is older. " + COMPARE,
    ("", "42704"): (
        "The target lacks something that it names: a role, a collation, a language, an access"
        " method or an operator class. " + COMPARE
    ),
    ("", "42710"): EXISTS,
    ("", "42723"): EXISTS,
    ("", "42P06"): EXISTS,
    ("", "42P07"): EXISTS,
    ("", "54000"): (
        "A value is too long for it. A mask may have made it longer: `privaci plan` names the masks"
        " of its columns."
    ),
    ("", "23"): BROKEN_ROWS,
}


def refused(entry: Entry, error: psycopg.Error) -> CopyError:
    """The error for an entry that the target refused; the driver's text may quote a value."""
    sqlstate = error.sqlstate or ""
    own = remedy_for(entry.kind, sqlstate).format(name=shown(entry.name))
    advice = (
        remedy_of(error, own) if sqlstate in OF_ENCODINGS or sqlstate[:2] in OF_THE_SERVER else own
    )
    remedy = f"{advice} The target is marked unfinished."
    return CopyError(f"Creating {entry} on the target", what_failed(error), remedy)


def remedy_for(kind: str, sqlstate: str) -> str:
    """What to do about a kind of object that is refused with a code."""
    places = ((kind, sqlstate), (kind, ""), ("", sqlstate), ("", sqlstate[:2]))
    return next((ADVICE[place] for place in places if place in ADVICE), COMPARE)
