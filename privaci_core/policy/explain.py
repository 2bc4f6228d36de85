"""Turns pydantic's errors into findings with a path, a reason and a remedy; quotes no value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from privaci_core.policy.actions import ACTIONS
from privaci_core.policy.document import SECRETS, Policy, Relation, TableRule
from privaci_core.policy.findings import PLAIN_KEY, Finding, Path, suggest
from privaci_core.policy.kinds import Pack
from privaci_core.policy.strict import REFUSED, Strict
from privaci_core.policy.subset import MAPPING, WORD, PerParent, Subset, SubsetStart

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from privaci_core.policy.lines import Lines

# Which model describes what is at a path of a file.
ModelAt = Callable[[Path, Any], type[Strict]]
KIND = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "text",
    "dict": "a mapping",
}
COLLECTIONS = {
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}


def explain(
    error: ErrorDetails, data: Any, lines: Lines, model_at: ModelAt | None = None
) -> Finding:
    """One of pydantic's errors as a finding; `model_at` tells the models of another file."""
    path = _path(error["loc"], data)
    kind, context = error["type"], error.get("ctx", {})
    if kind == REFUSED:
        at = (context["at"],) if context["at"] else ()
        return lines.finding((*path, *at), context["reason"], context["remedy"])
    if kind == "missing":
        return lines.finding(path[:-1], f"the key `{path[-1]}` is missing", "Add it.")
    if kind == "extra_forbidden":
        return _unknown_key(path, data, lines, model_at or _model)
    if kind in ("union_tag_invalid", "union_tag_not_found", "model_attributes_type"):
        return _unknown_action(path, data, lines)
    if kind == "literal_error":
        return _unknown_choice(path, data, context["expected"], lines)
    return lines.finding(path, *_wrong_kind(kind, error["msg"], _at(data, path)))


def _path(loc: Path, data: Any) -> Path:
    """Pydantic's location without the steps that are not in the file: tags of unions and keys."""
    path: list[str | int] = []
    here, tagged = data, False
    for step in loc:
        tag = isinstance(here, dict) and not tagged and "action" in here
        if tag and step == ("null" if here["action"] is None else here["action"]):
            tagged = True
        elif step not in {"[key]", WORD, MAPPING}:
            path.append(step)
            here, tagged = _at(here, (step,)), False
    return tuple(path)


def _at(data: Any, path: Path) -> Any:
    for step in path:
        inside = isinstance(data, dict) and step in data
        inside = inside or (isinstance(data, list) and isinstance(step, int) and step < len(data))
        data = data[step] if inside else None
    return data


def _unknown_key(path: Path, data: Any, lines: Lines, model_at: ModelAt) -> Finding:
    model = model_at(path[:-1], _at(data, path[:-1]))
    known = [field.alias or name for name, field in model.model_fields.items()]
    key = str(path[-1])
    # Without a space after the colon, a whole line becomes the key, with its salt.
    shown = path if PLAIN_KEY.fullmatch(key) else path[:-1]
    found = lines.finding(path, "unknown key", suggest(key.partition(":")[0], known))
    if shown == path:
        return found
    hidden = lines.finding(shown, "unknown key", suggest(key.partition(":")[0], known))
    return Finding(path=hidden.path, reason=hidden.reason, remedy=hidden.remedy, line=found.line)


def _model(path: Path, here: Any) -> type[Strict]:
    if isinstance(here, dict) and "action" in here:
        return ACTIONS["null" if here["action"] is None else here["action"]]
    if path and path[0] == "tables":
        return TableRule
    if path and path[0] == "subset":
        return _model_of_subset(path)
    if path and path[0] == "packs":
        return Pack
    return Relation if path else Policy


def _model_of_subset(path: Path) -> type[Strict]:
    if len(path) == 1:
        return Subset
    return SubsetStart if path[1] == "start" else PerParent


def _unknown_action(path: Path, data: Any, lines: Lines) -> Finding:
    rule = _at(data, path)
    if not isinstance(rule, dict):
        name = rule if isinstance(rule, str) and rule in ACTIONS else "hash"
        return lines.finding(path, "an action is a mapping", f"Write {{action: {name}}}.")
    if "action" not in rule:
        return lines.finding(path, "the key `action` is missing", suggest("", ACTIONS))
    return _unknown_choice((*path, "action"), data, ", ".join(ACTIONS), lines)


def _unknown_choice(path: Path, data: Any, expected: str, lines: Lines) -> Finding:
    word = _at(data, path)
    known = re.findall(r"[^\s',]+", expected.replace("' or '", "', '"))
    plain = isinstance(word, str) and PLAIN_KEY.fullmatch(word) and not SECRETS & set(path)
    reason = f"unknown {'action' if path[-1] == 'action' else 'choice'}" + (
        f" `{word}`" if plain else ""
    )
    return lines.finding(path, reason, suggest(word if plain else "", known))


def _wrong_kind(kind: str, message: str, value: Any) -> tuple[str, str]:
    wanted = COLLECTIONS.get(kind) or KIND.get(kind.partition("_")[0])
    if kind.endswith(("_type", "_parsing", "_from_float")) and wanted is not None:
        quotes = wanted == "text" and isinstance(value, int | float)
        return f"the value is not {wanted}", "Put it in quotes." if quotes else f"Write {wanted}."
    # Pydantic's remaining messages state a bound; the input is hidden from them.
    return message.replace("Input", "the value", 1), "Correct it."
