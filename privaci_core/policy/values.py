"""Checks single values of the policy file: names of tables, columns and keys, predicates."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from privaci_core.policy.relations import (
    KeyColumns,
    parse_key,
    relation_name,
    split_column,
    split_relation,
)
from privaci_core.policy.strict import refuse
from privaci_core.policy.where import check_where
from privaci_core.policy.where_tokens import WhereError


def _one_name(text: str) -> str:
    parts = split_relation(text)
    if parts is None:
        refuse(
            "a table is named schema.table",
            "Write public.users; quote a part that holds a dot: '\"a.b\".c'.",
        )
    return relation_name(*parts)


def _column_path(text: str) -> str:
    if split_column(text) is None:
        refuse("a column is named schema.table.column", "Write public.orders.customer_email.")
    return text


def _key(text: Any) -> Any:
    key = parse_key(text) if isinstance(text, str) else text
    if not isinstance(key, KeyColumns):
        refuse("a key is named schema.table(column, ..)", "Write public.orders(customer_email).")
    return key


def _confined(predicate: str) -> str:
    try:
        check_where(predicate)
    except WhereError as error:
        reason, remedy = error.reason, error.remedy
    else:
        return predicate
    return refuse(reason, remedy)


def spelled_out(choice: Any) -> Any:
    """The word `null`, which YAML reads as no value."""
    return "null" if choice is None else choice


Rows = Annotated[int, Field(ge=1)]
TableName = Annotated[str, AfterValidator(_one_name)]
ColumnPath = Annotated[str, AfterValidator(_column_path)]
Key = Annotated[KeyColumns, BeforeValidator(_key, json_schema_input_type=str)]
Predicate = Annotated[str, Field(min_length=1, pattern=r"\S"), AfterValidator(_confined)]
