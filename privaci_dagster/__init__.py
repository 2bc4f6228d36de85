"""PrivaCI as Dagster assets: a thin layer over privaci_core."""

import warnings

import dagster as dg

# What we use of Dagster's beta is pinned with its minor version; a line of warning per asset helps nobody.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
