"""Names an entry of a dump: its kind, and its name as Postgres writes it."""

from __future__ import annotations

from privaci_core.postgres.names import shown

# pg_dump names these after their table and themselves, without quotes.
OF_A_TABLE = frozenset(
    {"CHECK CONSTRAINT", "CONSTRAINT", "DEFAULT", "FK CONSTRAINT", "POLICY", "RULE", "TRIGGER"}
)
OF_A_PUBLICATION = "PUBLICATION TABLE"
WITH_ARGUMENTS = frozenset({"AGGREGATE", "FUNCTION", "PROCEDURE"})
# pg_dump has quoted what these are about, or they have no name.
AS_WRITTEN = frozenset(
    {
        "ACL",
        "CAST",
        "COMMENT",
        "DEFAULT ACL",
        "OPERATOR",
        "SECURITY LABEL",
        "TRANSFORM",
        "USER MAPPING",
    }
)


def entry_name(kind: str, schema: str, name: str, ddl: str) -> str:
    """The kind and the name of an entry, in one line."""
    place = "" if schema in {"", "-"} else f"{shown(schema)}."
    return f"{kind} {place}{_name(kind, name, ddl)}"


def _name(kind: str, name: str, ddl: str) -> str:
    if kind in AS_WRITTEN:
        return name
    if kind in WITH_ARGUMENTS and "(" in name:
        called, _, arguments = name.partition("(")
        return f"{shown(called)}({arguments}"
    if kind in OF_A_TABLE or kind == OF_A_PUBLICATION:
        return " ".join(map(shown, _two_names(name, ddl)))
    return shown(name)


def _two_names(name: str, ddl: str) -> tuple[str, ...]:
    """Both names of a pair: the statement tells where the first one ends."""
    places = [place for place, letter in enumerate(name) if letter == " "]
    pairs = [(name[:place], name[place + 1 :]) for place in places]
    if len(pairs) == 1:
        return pairs[0]
    return next((pair for pair in pairs if all(_is_in(each, ddl) for each in pair)), (name,))


def _is_in(name: str, ddl: str) -> bool:
    doubled = name.replace('"', '""')
    return f'"{doubled}"' in ddl or (shown(name) == name and name in ddl)
