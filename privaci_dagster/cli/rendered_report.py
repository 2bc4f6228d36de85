"""Renders a report by an installed plugin, and writes it to a file or by another plugin."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privaci_core.errors import PreflightError
from privaci_core.policy.plugin_kinds import DOCS, plugin_of
from privaci_dagster.cli.destination import write_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.policy.plugin_kinds import ObjectWriter, ReportRenderer

SCHEME = "://"


def rendered(content: Mapping[str, Any], name: str) -> bytes:
    """The report of a proof's content, as a renderer writes it."""
    renderer: ReportRenderer = plugin_of("report_renderer", name)
    try:
        octets: object = renderer.render(content)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        raise _refused(f"Rendering the report by {name}", type(error).__name__) from None
    if not isinstance(octets, bytes):
        raise _refused(f"Rendering the report by {name}", "it returned no bytes")
    return octets


def deliver(octets: bytes, to: str) -> None:
    """Write a report to stdout, to a file, or to an address of an installed writer's scheme."""
    scheme, found, _ = to.partition(SCHEME)
    if not to:
        sys.stdout.buffer.write(octets)
        sys.stdout.buffer.flush()
    elif found:
        writer: ObjectWriter = plugin_of("object_writer", scheme)
        try:
            writer.write(to, octets)
        except Exception as error:  # noqa: BLE001 - its text may hold the address
            raise _refused(f"Writing the report by {scheme}", type(error).__name__) from None
    else:
        write_file(Path(to), octets, DOCS)


def _refused(doing: str, why: str) -> PreflightError:
    return PreflightError(doing, why, "Fix the plugin, or use the proof's own page.", DOCS)
