"""PrivaCI as Dagster assets: a thin layer over privaci_core."""

import os
import warnings

# Dagster itself is not imported here: subcommands that need none of it start in half the time, and whoever lists
# components does not pay for ours. What we use of Dagster's beta is pinned with its minor version; a line of warning
# per asset helps nobody.
warnings.filterwarnings("ignore", message=".*is currently in beta.*")
# The text of an unexpected error may hold a value: it does not reach Dagster's events.
os.environ["DAGSTER_REDACT_USER_CODE_ERRORS"] = "1"
