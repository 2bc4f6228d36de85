"""Masks values of members, each by its path: composites, hstore and XML."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.shape import Shape, Unbindable
from privaci_core.masks.documents.hstore import walk_hstore
from privaci_core.masks.documents.markup import walk_markup
from privaci_core.masks.documents.records import leaves, walk_record
from privaci_core.masks.documents.scalars import Reached, tree_of
from privaci_core.masks.documents.visit import Visit
from privaci_core.policy import Remove

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from privaci_core.masks.base.keys import Keys
    from privaci_core.masks.base.shape import Mask
    from privaci_core.policy import Action, Json, JsonAction

BindOne = Callable[["Action", Shape, "Keys"], "Mask"]
Walk = Callable[[str, Reached, Visit], str]
# The number of a path and what its members demand: what is masked as one vector.
Group = tuple[int, Shape]
TEXTS = Shape()


def members(action: Json, shape: Shape, keys: Keys, bind_one: BindOne) -> Mask:
    """The mask of whole values; the actions of all paths are bound once."""
    _refuse(action, shape)
    root, rules = _paths(action)
    walk = _walk(action, shape)
    groups = leaves(shape, root) if shape.members else ((n, TEXTS) for n in range(len(rules)))
    masks = {
        (number, member): _bound(rules[number], shape, member, keys, bind_one)
        for number, member in set(groups)
    }

    def masked(values: pl.Series) -> pl.Series:
        texts = values.to_list()
        found: dict[Group, list[str]] = defaultdict(list)

        def collect(number: int, member: Shape, text: str) -> str:
            found[number, member].append(text)
            return text

        for text in texts:
            walk(text, root, collect)
        fakes = {
            group: iter(masks[group](pl.Series(parts, dtype=pl.String)).to_list())
            for group, parts in found.items()
        }

        def replaced(number: int, member: Shape, _text: str) -> str | None:
            made: str | None = next(fakes[number, member])
            return made

        return pl.Series([walk(text, root, replaced) for text in texts], dtype=pl.String)

    return masked


def masked_members(
    action: Json, shape: Shape, values: Iterable[str]
) -> Iterator[tuple[Action | None, str]]:
    """The texts of the members that paths lead to, each with its action; None where emptied."""
    root, rules = _paths(action)
    walk = _walk(action.model_copy(update={"paths": {}}), shape)
    found: list[tuple[Action | None, str]] = []

    def collect(number: int, _member: Shape, text: str) -> str:
        rule = rules[number]
        found.append((None if isinstance(rule, Remove) else rule, text))
        return text

    for value in values:
        walk(value, root, collect)
        yield from found
        found.clear()


def has_members(shape: Shape) -> bool:
    """Whether values of a column have members that paths can name."""
    return bool(shape.members) or shape.type_name in {"hstore", "xml"}


def _paths(action: Json) -> tuple[Reached, list[JsonAction | None]]:
    """The tree of the paths, and the action of each number."""
    steps = action.steps
    paths = [(path, number) for number, (path, _) in enumerate(steps)]
    rules: list[JsonAction | None] = [rule for _, rule in steps]
    if action.default == "redact":
        # The shortest path of all, so every path of the rule wins over it.
        paths.insert(0, ((), len(rules)))
        rules.append(None)
    return Reached((tree_of(paths),)), rules


def _walk(action: Json, shape: Shape) -> Walk:
    if shape.members:
        return partial(walk_record, shape=shape)
    if shape.type_name == "xml":
        return walk_markup
    gone = {n for n, (_, rule) in enumerate(action.steps) if isinstance(rule, Remove)}
    return partial(walk_hstore, gone=gone)


def _bound(
    rule: JsonAction | None, shape: Shape, member: Shape, keys: Keys, bind_one: BindOne
) -> Mask:
    """The mask of the members at one path; without an action they are emptied."""
    if rule is None:
        empty = None if shape.members else ""
        return lambda values: pl.repeat(empty, len(values), dtype=pl.String, eager=True)
    if isinstance(rule, Remove):
        # What is removed on the way comes to no mask.
        return pl.Series.clone
    return bind_one(rule, replace(member, names=shape.names), keys)


def _refuse(action: Json, shape: Shape) -> None:
    """Refuse a column without members, and paths that lead to none of a composite."""
    if not has_members(shape):
        raise Unbindable(
            f"a {shape.type_name} holds no JSON",
            "Use json on json, jsonb, text, hstore, xml and composite columns.",
        )
    if shape.unique:
        raise Unbindable("masks of members do not promise that a value stays unique", "Use hash.")
    for path, rule in action.paths.items():
        if isinstance(rule, Remove) and shape.type_name != "hstore":
            raise Unbindable(
                f"nothing can be removed at {path} of a {shape.type_name}", "Use null or static."
            )
    if shape.members:
        _refuse_unknown(action, shape)


def _refuse_unknown(action: Json, shape: Shape) -> None:
    for text, (path, _) in zip(action.paths, action.steps, strict=True):
        if not any(leaves(shape, Reached((tree_of([(path, 0)]),)))):
            names = ", ".join(name for name, _ in shape.members)
            raise Unbindable(
                f"no member of {shape.type_name} is at {text}",
                f"The type's members are {names}; elements of an array are at its path with [*].",
            )
