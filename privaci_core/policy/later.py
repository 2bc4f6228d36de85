"""Accepts keys that later releases of PrivaCI added to version 1.0, where they change nothing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from privaci_core.policy.strict import OrEmpty, Strict, refuse


def _always(value: bool | None) -> bool | None:  # noqa: FBT001 - a validator gets the file's own boolean
    if value is False:
        refuse("the target is always a whole replica", "Leave the key out, or set it to true.")
    return value


def _own_schema(value: Any) -> Any:
    if value == "assume_existing":
        refuse(
            "an existing schema is never loaded into",
            "Leave the key out: the schema is created from the source.",
        )
    return value


def _replicated(value: Any) -> Any:
    if value == "skip":
        refuse(
            "single views and functions cannot be skipped",
            "Write replicate, or revoke it in the source.",
        )
    return value


Always = Annotated[bool, AfterValidator(_always)]


class LaterKeys(Strict):
    """Keys of PrivaCI's later releases, each with the only value that has an effect here."""

    schema_mode: Annotated[Literal["replicate"], BeforeValidator(_own_schema)] = "replicate"
    """Accepted when `replicate`: the schema is always made from the source."""

    passthrough_copy: Literal["auto", "require_binary", "batch"] = "auto"
    """Accepted; unmasked tables always travel as bytes."""

    replicate_views: Always = True
    """Accepted when true; views are always replicated."""

    replicate_functions: Always = True
    """Accepted when true; functions are always replicated."""

    replicate_triggers: Always = True
    """Accepted when true; triggers are always replicated, and none fires during the load."""

    replicate_materialized_views: bool = True
    """Accepted; materialized views are always replicated."""

    refresh_materialized_views: bool = True
    """Accepted; materialized views are always filled from the masked rows."""

    elevated_objects: Annotated[
        dict[str, Annotated[Literal["replicate"], BeforeValidator(_replicated)]], OrEmpty
    ] = {}
    """Accepted when `replicate`; every object is always replicated."""
