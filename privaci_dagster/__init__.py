"""PrivaCI as Dagster assets: a thin layer over privaci_core."""
