"""Reports for people who may not see customers: they wait for the proof, not only for the rows."""

import os

import dagster as dg
import psycopg

ORDERS = """
SELECT c.city, count(*)
FROM customer AS c JOIN purchase AS p ON p.customer = c.id
GROUP BY c.city
ORDER BY count(*) DESC
"""


# `published` materializes only after every blocking check has passed: no report reads a copy that
# leaks.
@dg.asset(
    deps=[dg.AssetKey(["shop", "target", "published"])],
    group_name="reports",
    kinds={"postgres"},
)
def orders_by_city() -> dg.MaterializeResult[None]:
    """How many orders came from each city, counted on the masked copy."""
    with psycopg.connect(os.environ["SHOP_TARGET_URL"]) as target:
        cities = target.execute(ORDERS).fetchall()
    return dg.MaterializeResult(
        metadata={"cities": len(cities), "orders": sum(count for _, count in cities)}
    )
