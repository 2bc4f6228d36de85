"""Describes what clients send, strictly; the paths and shapes are those of ATDM's clients."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Shape(BaseModel):
    """A JSON object in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Delivery(Shape):
    """What a request gives back beside the data."""

    seed_target: Literal[True] = True
    """Rows are always written: a request without rows has nothing to test with."""

    return_playwright_fixture: bool = False
    """Give a fixture for Playwright back, as JSON."""

    return_pytest_fixture: bool = False
    """Give a module for pytest back, as text."""

    cleanup_strategy: Literal["after_test", "leave", "after_suite"] = "after_test"
    """Who resets the run; the trail tells it. Its ttl ends it in any case."""


class DataRequest(Shape):
    """A request for the rows of a scenario."""

    scenario: Name
    """The scenario's `scenario_id`."""

    domain: Name = "default"
    """Taken for clients that send one; scenarios are found by their names alone."""

    constraints: dict[str, Any] = Field(default_factory=dict)
    """Values for constraints of the scenario, instead of its own."""

    delivery: Delivery = Field(default_factory=Delivery)
    """What to give back."""

    seed: Name | None = None
    """The same scenario, constraints and seed give the same values; else each run its own."""

    ttl: Annotated[str, Field(pattern=r"^[1-9]\d{0,5}[smhd]$")] | None = None
    """How long the rows stay if nothing resets the run: `24h`."""

    planner: Literal["rule", "llm"] = "rule"
    """Whether the scenario is taken as it is named, or a language model chooses it."""


class ResetRequest(Shape):
    """The reset of one run."""

    cleanup_token: Annotated[str, Field(min_length=1, max_length=500)]
    """The token that the run's request gave."""


class BaselineRequest(Shape):
    """Which baseline is meant."""

    baseline_id: Name | None = None
    """Its name; else a new one is made, or the latest is restored."""
