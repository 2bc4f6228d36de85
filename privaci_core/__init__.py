"""PrivaCI core: catalog, plan, masks and the copy itself; knows nothing of Dagster."""
