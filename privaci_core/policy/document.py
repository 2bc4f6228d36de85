"""Describes the policy file: what happens to every table and column, as frozen values."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    field_validator,
    model_validator,
)

from privaci_core.policy.actions import Action, Json
from privaci_core.policy.findings import Finding  # noqa: TC001 - pydantic reads the annotations
from privaci_core.policy.kinds import KindRule, Kinds, Pack, PackName, merged_kinds
from privaci_core.policy.later import LaterKeys
from privaci_core.policy.lines import Lines
from privaci_core.policy.relations import split_relation
from privaci_core.policy.replace import HmacHash, Pseudonym, Rule
from privaci_core.policy.risk import Risk  # noqa: TC001 - pydantic reads the annotations
from privaci_core.policy.sink import Sink  # noqa: TC001 - pydantic reads the annotations
from privaci_core.policy.strict import OrEmpty, OrNothing, Strict, Text, refuse
from privaci_core.policy.subset import Subset  # noqa: TC001 - pydantic reads the annotations
from privaci_core.policy.values import (
    ColumnPath,
    Key,
    Predicate,
    Rows,
    TableName,
    spelled_out,
)
from privaci_core.secrets import SecretText  # noqa: TC001 - pydantic reads the annotations

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "1.0"
SECRETS = {"global_salt", "pseudonym_key"}


def _this_version(version: Any) -> Any:
    if version == VERSION:
        return version
    if not isinstance(version, str):
        refuse("the version is not text", f'Write version: "{VERSION}", with the quotes.')
    return refuse("this version of the format is not supported", f'Write version: "{VERSION}".')


def _auto(size: Any) -> Any:
    return None if size == "auto" else size


def _named_existing(choice: Any) -> Any:
    if choice == "append":
        refuse("`append` is not supported", "Write fail, truncate, drop_create or swap.")
    return choice


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


OrphanRows = Literal["refuse", "null", "drop"]
SpelledOut = BeforeValidator(spelled_out, json_schema_input_type=OrphanRows | None)


class TableRule(Strict):
    """What happens to one table."""

    strategy: Literal["transform", "exclude", "empty", "truncate"] = "transform"
    """Copy and mask (`transform`), leave out (`exclude`), or create empty (`empty`, `truncate`)."""

    columns: Annotated[dict[Text, Action], OrEmpty] = {}
    """Column name to action."""

    batch_size: Rows | None = None
    """Rows per block for this table."""

    orphan_rows: Annotated[
        OrphanRows | None, Field(json_schema_extra=_without_default), SpelledOut
    ] = None
    """For this table instead of the file's `orphan_rows`: `refuse`, `null` or `drop`."""

    null_orphan_fks: bool = False
    """The former spelling of `orphan_rows: null`."""

    where: Predicate | None = None
    """One boolean SQL expression on the source's rows: only these are copied."""

    @model_validator(mode="after")
    def _one_choice(self) -> TableRule:
        if self.null_orphan_fks and self.orphan_rows not in {None, "null"}:
            refuse(
                f"`null_orphan_fks` and `orphan_rows: {self.orphan_rows}` contradict each other",
                "Keep orphan_rows alone.",
                "orphan_rows",
            )
        return self

    @property
    def chosen_orphan_rows(self) -> OrphanRows | None:
        """What the table's rule itself says about orphans, in either spelling."""
        return "null" if self.null_orphan_fks else self.orphan_rows


class Relation(Strict):
    """A foreign key that the source's catalog does not declare; masks and orphan checks use it."""

    source: Key = Field(alias="from")
    """The referencing key, `schema.table(column, ..)`; of a document `column->>'key'`."""

    target: Key = Field(alias="to")
    """The referenced key, `schema.table(column, ..)`."""

    when: Annotated[str, Field(min_length=1, max_length=512)] | None = None
    """A CEL expression over the referencing row; where it is false, the row has no reference."""

    @model_validator(mode="after")
    def _same_length(self) -> Relation:
        if len(self.source.columns) != len(self.target.columns):
            refuse("the two keys differ in length", "Name as many columns on each side.")
        if any(self.target.documents):
            refuse("a document is referred to", "Name columns: public.orders(id).", "to")
        return self


class Policy(LaterKeys):
    """A whole policy file, `mask-rules.yaml`."""

    version: Annotated[Literal["1.0"], BeforeValidator(_this_version)]
    """The version of the format."""

    global_salt: SecretText | None = None
    """`${ENV_NAME}` or a secret URI, of 32 characters and more; default: ANONYMIZATION_SALT."""

    pseudonym_key: SecretText | None = None
    """A separate key of `hmac_hash` and `pseudonym`, in the same forms; default: PSEUDONYM_KEY."""

    on_existing_data: Annotated[
        Literal["fail", "truncate", "drop_create", "swap"], BeforeValidator(_named_existing)
    ] = "fail"
    """If the target has rows: refuse, truncate, drop and create, or load beside and swap in."""

    orphan_rows: Annotated[OrphanRows, SpelledOut] = "refuse"
    """Rows that refer to no row of the copy: refuse the copy, set the key to NULL, or drop them."""

    strict_autodetect: bool = False
    """A high or medium detection in a column that the file does not list is an error."""

    auto_detect: bool = True
    """Detect personal data in columns that the file does not list, and mask what is certain."""

    unlisted: Literal["detect", "deny", "mask"] = "detect"
    """Columns neither listed nor detected: copied, refused, or nulled and redacted by type."""

    replicate_all_indexes: bool = True
    """Accepted; every index is always replicated."""

    batch_size: Annotated[Rows | None, BeforeValidator(_auto)] = None
    """Rows per block; `auto` fits them to the rows' width."""

    audit_log: bool = True
    """Write the audit trail into the target's `_privaci` schema."""

    implied_fk_ignore: Annotated[tuple[ColumnPath, ...], OrNothing] = ()
    """Columns, as schema.table.column, whose warnings about soft references are silenced."""

    tables: Annotated[dict[TableName, Annotated[TableRule, OrEmpty]], OrEmpty] = {}
    """Rules by `schema.table`."""

    kinds: Kinds = {}
    """What masks columns that the file does not list, by the kind of data detected in them."""

    packs: Annotated[dict[PackName, Pack], OrEmpty] = {}
    """Rules by kind that `privaci install-pack` brought; the file's own `kinds` precede them."""

    relations: Annotated[tuple[Relation, ...], OrNothing] = ()
    """Foreign keys that the source's catalog does not declare."""

    subset: Subset | None = None
    """Which rows are copied: a start, and what belongs to it; without it, all rows."""

    risk: Risk | None = None
    """Which columns together could tell a person, and how many rows must share them."""

    sink: Sink | None = None
    """The masked rows as files of a store, beside the target or instead; without it, no files."""

    _lines: Lines = PrivateAttr(default_factory=Lines)

    @field_validator("tables", mode="before")
    @classmethod
    def _each_once(cls, tables: Any) -> Any:
        seen: dict[tuple[str, str], str] = {}
        for name in tables if isinstance(tables, dict) else ():
            parts = split_relation(name)
            if parts is not None and parts in seen:
                refuse(f"`{name}` and `{seen[parts]}` are the same table", "Keep one of them.")
            if parts is not None:
                seen[parts] = name
        return tables

    def rules(self) -> Iterator[tuple[str, str, Rule]]:
        """Table, column and action of every listed column, in the file's order."""
        for name, table in self.tables.items():
            for column, rule in table.columns.items():
                yield name, column, rule

    @property
    def rules_by_kind(self) -> dict[str, KindRule]:
        """What masks each kind of detected data, where the policy or a pack says so."""
        return merged_kinds(self.kinds, self.packs)

    @property
    def needs_pseudonym_key(self) -> bool:
        """Whether any rule, also inside a JSON column, is keyed by `pseudonym_key`."""
        outer = [rule for _, _, rule in self.rules()]
        inner = [
            nested for rule in outer if isinstance(rule, Json) for nested in rule.paths.values()
        ]
        by_kind = self.rules_by_kind.values()
        return any(isinstance(rule, HmacHash | Pseudonym) for rule in (*outer, *inner, *by_kind))

    @property
    def writes_files_alone(self) -> bool:
        """Whether files are written instead of a target."""
        return self.sink is not None and self.sink.instead_of_target

    def fingerprint(self) -> str:
        """SHA-256 over the policy's values that are not defaults, without its secrets."""
        values = self.model_dump(mode="json", exclude=SECRETS, exclude_defaults=True, by_alias=True)
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    def line_of(self, *path: str | int) -> int | None:
        """The line of a path in the file, or of the nearest path around it."""
        return self._lines.of(path)

    def finding(self, *path: str | int, reason: str, remedy: str) -> Finding:
        """A finding of a later stage, at the line of its path."""
        return self._lines.finding(path, reason, remedy)
