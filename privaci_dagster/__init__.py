"""PrivaCI as Dagster assets: a thin layer over privaci_core."""

# Dagster is not imported here: commands that do without it start in half the time, and `dg` lists
# our components faster.
