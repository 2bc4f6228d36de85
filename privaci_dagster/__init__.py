"""PrivaCI as Dagster assets: a thin layer over privaci_core."""

import logging
import os
import warnings

import dagster as dg

# What we use of Dagster's beta is pinned with its minor version; a line of warning per asset helps nobody.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
# The text of an unexpected error may hold a value: it reaches neither Dagster's events nor the log of what was kept
# out of them. What a person needs of it is said by `errors.told`.
os.environ["DAGSTER_REDACT_USER_CODE_ERRORS"] = "1"
logging.getLogger("dagster.redacted_errors").disabled = True
