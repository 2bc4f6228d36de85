"""PrivaCI as Dagster assets: a thin layer over privaci_core."""

import os
import warnings

# Dagster is not imported here: commands that do without it start in half the time, and `dg` lists
# our components faster. We test with the versions of Dagster that we allow, so its warning about
# each beta feature tells our users nothing.
warnings.filterwarnings("ignore", message=".*is currently in beta.*")
# The text of an unexpected error may hold a value; Dagster must not put it into its events.
os.environ["DAGSTER_REDACT_USER_CODE_ERRORS"] = "1"
