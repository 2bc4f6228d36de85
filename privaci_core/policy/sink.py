"""The policy's part about files: the masked rows in a store, beside the target or instead."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from privaci_core.policy.strict import OrEmpty, OrNothing, Strict, Text
from privaci_core.policy.values import TableName  # noqa: TC001 - pydantic reads the annotations


class Folders(Strict):
    """How the rows of one table are dealt into folders."""

    column: Text
    """The column whose values name the folders."""

    by: Literal["value", "day", "month", "year"] = "value"
    """A folder for each value; of a date or timestamp for each `day`, `month` or `year`."""


class Sink(Strict):
    """The masked rows as files of a store, published with the target."""

    format: Literal["parquet", "jsonl", "csv"]
    """How rows are written: `parquet`, `jsonl` (a JSON object a line) or `csv` (with a header)."""

    url: Annotated[str, Field(min_length=1, pattern=r"^(file|s3|gs|az)://")]
    """The store: `file:///folder`, `s3://bucket/folder`, `gs://...`, `az://...`; no credentials."""

    partition_by: Annotated[dict[TableName, Folders], OrEmpty] = {}
    """Table to `{column: placed_at, by: month}`: its files lie in folders, as Hive names them."""

    recipients: Annotated[tuple[Text, ...], OrNothing] = ()
    """The public keys (age or SSH) that the files are encrypted for."""

    encrypt: bool = True
    """Outside of this machine, files without recipients are refused unless this is false."""

    instead_of_target: bool = False
    """No target is named: rows are proved in a scratch database, which is then removed."""
