"""PrivaCI as Dagster assets: a thin layer over privaci_core."""

import warnings

# Dagster is not imported here: commands that do without it start in half the time, and `dg` lists
# our components faster. We test with the versions of Dagster that we allow, so its warning about
# each beta feature tells our users nothing.
warnings.filterwarnings("ignore", message=".*is currently in beta.*")
