"""Loads the pages' templates, in a style of their own: that of a proof's page never changes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

PAGES = Path(__file__).with_name("pages")


@cache
def template(name: str) -> Template:
    """A template; whatever it is given is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    style = (PAGES / "style.css").read_text(encoding="utf-8")
    environment.globals["style"] = Markup(style)  # noqa: S704 - a file of the package
    return environment.from_string((PAGES / name).read_text(encoding="utf-8"))
