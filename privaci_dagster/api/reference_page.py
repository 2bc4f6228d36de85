"""Draws the description of all paths as a page, without a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from privaci_dagster.api.templates import template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One path and method."""

    method: str
    path: str
    summary: str
    fields: tuple[tuple[str, str, str], ...]


def reference_page(openapi: Mapping[str, Any]) -> str:
    """The page of a description."""
    groups: dict[str, list[Path]] = {}
    for path, methods in openapi["paths"].items():
        for method, found in methods.items():
            groups.setdefault(found["tags"][0], []).append(
                Path(
                    method=method.upper(),
                    path=path,
                    summary=found["summary"],
                    fields=tuple(_fields(found, openapi["components"]["schemas"])),
                )
            )
    return template("reference.html").render(info=openapi["info"], groups=groups)


def _fields(found: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What a path takes: the name, the type and what it is."""
    for each in found.get("parameters", ()):
        yield each["name"], f"in the {each['in']}", each.get("description", "")
    body = found.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {})
    yield from _of_schema(body, schemas, "")


def _of_schema(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], before: str
) -> Iterator[tuple[str, str, str]]:
    """The fields of a JSON object, those of objects inside it too."""
    for part in (schema, *schema.get("anyOf", ()), *schema.get("allOf", ())):
        named = part.get("$ref", "").rpartition("/")[2]
        found = schemas.get(named, {})
        for name, field in found.get("properties", {}).items():
            required = ", required" if name in found.get("required", ()) else ""
            yield f"{before}{name}", f"{_type_of(field)}{required}", field.get("description", "")
            yield from _of_schema(field, schemas, f"{before}{name}.")


def _type_of(field: Mapping[str, Any]) -> str:
    kinds = [part.get("type", "object") for part in field.get("anyOf", (field,))]
    chosen = field.get("enum") or ([field["const"]] if "const" in field else [])
    return " or ".join(map(str, chosen or [kind for kind in kinds if kind != "null"]))
