"""Builds a generated company whose database has every difficulty, and no real person."""

from importlib.resources import files
from pathlib import Path

from privaci_core.demo.company import Filled, Tier, fill

POLICY = Path(str(files(__name__).joinpath("mask-rules.yaml")))

__all__ = ["POLICY", "Filled", "Tier", "fill"]
