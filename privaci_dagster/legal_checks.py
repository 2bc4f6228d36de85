"""Makes one step of the checks of many tables, whatever their names are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_dagster.legal_names import legal_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


def checks_of_tables(
    name: str,
    specs: Sequence[dg.AssetCheckSpec],
    *,
    waits_for: Iterable[dg.AssetKey],
    resources: Iterable[str] = (),
) -> Callable[[Callable[[], Any]], dg.AssetChecksDefinition]:
    """Decorate a function that yields the results of those checks that a run selects.

    `dg.multi_asset_check` names inputs and outputs after the tables, and breaks at a space.
    """
    ins = {legal_name(key.path): key for key in waits_for}
    outs = {legal_name((*spec.asset_key.path, spec.name)): spec for spec in specs}

    def decorate(function: Callable[[], Any]) -> dg.AssetChecksDefinition:
        step = dg.op(
            name=name,
            ins={each: dg.In(dg.Nothing) for each in ins},
            out={each: dg.Out(None, is_required=False) for each in outs},
            required_resource_keys=set(resources),
        )(function)
        made: dg.AssetChecksDefinition = dg.AssetChecksDefinition.create(
            keys_by_input_name=ins,
            node_def=step,
            check_specs_by_output_name=outs,
            can_subset=True,
        )
        return made

    return decorate
