"""Reads YAML into plain values with their lines; refuses repeated keys, tags and alias bombs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml
from yaml.constructor import SafeConstructor

from privaci_core.policy.findings import Finding, Path, show_path
from privaci_core.policy.lines import Lines
from privaci_core.policy.yaml_faults import fault_in

if TYPE_CHECKING:
    from pathlib import Path as FilePath

# A policy of 5,000 tables with 20 columns each has about 6 MB and 600,000 nodes.
LARGEST_TEXT = 16 * 1024 * 1024
# Aliases are expanded while reading, so this bounds what a few lines of aliases can become.
MOST_NODES = 1_000_000
DEEPEST = 40
PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null")}
# Dates stay text: no value of a policy is a date, but a constant may look like one.
TEXT_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "timestamp", "value")}
MAPPING, SEQUENCE, MERGE = (f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "merge"))
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _TooLarge(Exception):  # noqa: N818 - leaves the recursion, never this module
    """The document expands to more than a policy can be."""


@dataclass(slots=True, kw_only=True)
class Reading:
    """The values of a text, their lines, and findings about its form."""

    value: Any = None
    lines: Lines = field(default_factory=Lines)
    findings: list[Finding] = field(default_factory=list)
    nodes: int = 0
    scalars: SafeConstructor = field(default_factory=SafeConstructor)

    def refuse(self, path: Path, line: int, reason: str, remedy: str) -> None:
        """Add a finding at a path."""
        self.findings.append(Finding(path=show_path(path), line=line, reason=reason, remedy=remedy))


def text_in(path: FilePath, remedy: str) -> str | Finding:
    """The text of a file, or why it has none; `remedy` is for one that cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_TEXT + 1)
        return content.decode("utf-8-sig")
    except OSError as error:
        reason = f"it cannot be read: {error.strerror or type(error).__name__}"
        return Finding(path="", reason=reason, remedy=remedy)
    except UnicodeDecodeError:
        return Finding(path="", reason="it is not UTF-8 text", remedy="Save it as UTF-8.")


def read_yaml(text: str) -> Reading:
    """The values of a YAML text, with every finding about its form."""
    reading = Reading()
    root, problem = _compose(text)
    if problem is not None:
        reading.findings.append(problem)
    elif root is None:
        reading.findings.append(
            Finding(path="", reason="the file is empty", remedy='Begin with version: "1.0".')
        )
    else:
        try:
            reading.value = _value(root, (), reading, 0)
        except _TooLarge:
            reading.value, too_large = None, _too_large()
            reading.findings = [too_large]
    return reading


def _compose(text: str) -> tuple[Any, Finding | None]:
    if len(text) > LARGEST_TEXT:
        return None, _too_large()
    try:
        depth = 0
        for event in yaml.parse(text, Loader=LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(
                event, yaml.CollectionEndEvent
            )
            if depth > DEEPEST:
                return None, _too_large()
        return yaml.compose(text, Loader=LOADER), None
    except yaml.MarkedYAMLError as error:
        return None, fault_in(error)
    except yaml.YAMLError:
        return None, Finding(
            path="", reason="the file holds a control character", remedy="Save it as plain UTF-8."
        )


def _too_large() -> Finding:
    return Finding(
        path="",
        reason="the file is too large or too deeply nested",
        remedy="Write fewer, flatter rules.",
    )


def _value(node: yaml.Node, path: Path, reading: Reading, depth: int) -> Any:
    reading.nodes += 1
    if reading.nodes > MOST_NODES or depth > DEEPEST:
        raise _TooLarge
    line = node.start_mark.line + 1
    reading.lines.known.setdefault(path, line)
    if isinstance(node, yaml.MappingNode) and node.tag == MAPPING:
        return _mapping(node, path, reading, depth)
    if isinstance(node, yaml.SequenceNode) and node.tag == SEQUENCE:
        return [
            _value(item, (*path, index), reading, depth + 1)
            for index, item in enumerate(node.value)
        ]
    if isinstance(node, yaml.ScalarNode) and node.tag in TEXT_TAGS:
        return node.value
    if isinstance(node, yaml.ScalarNode) and node.tag in PLAIN_TAGS:
        return _scalar(node, path, reading)
    reading.refuse(
        path,
        line,
        "there is a YAML tag",
        "Write the plain value; put text that begins with ! in quotes.",
    )
    return None


def _scalar(node: yaml.ScalarNode, path: Path, reading: Reading) -> Any:
    try:
        return reading.scalars.construct_object(node)
    except (ValueError, KeyError, yaml.YAMLError):
        reading.refuse(
            path,
            node.start_mark.line + 1,
            "the value is not of the type its tag says",
            "Drop the tag.",
        )
        return None


def _mapping(node: yaml.MappingNode, path: Path, reading: Reading, depth: int) -> dict[str, Any]:
    own: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if key.tag == MERGE:
            merged = _merge(value, path, reading, depth) | merged
        elif not isinstance(key, yaml.ScalarNode):
            reading.refuse(path, line, "a key is not plain text", "Write the key as a word.")
        elif key.value in own:
            first = reading.lines.known[(*path, key.value)]
            reading.refuse(
                (*path, key.value),
                line,
                f"the key is repeated from line {first}",
                "Keep one of them.",
            )
        else:
            reading.lines.known[(*path, key.value)] = line
            own[key.value] = _value(value, (*path, key.value), reading, depth + 1)
    return merged | own


def _merge(node: yaml.Node, path: Path, reading: Reading, depth: int) -> dict[str, Any]:
    """The keys merged by `<<`; the first of several mappings wins, and a mapping's own keys win."""
    given = node.value if isinstance(node, yaml.SequenceNode) else [node]
    merged: dict[str, Any] = {}
    for part in given:
        value = _value(part, (*path, "<<"), reading, depth + 1)
        if isinstance(value, dict):
            merged = value | merged
        else:
            reading.refuse(
                (*path, "<<"),
                part.start_mark.line + 1,
                "`<<` merges mappings only",
                "Name a mapping.",
            )
    return merged
