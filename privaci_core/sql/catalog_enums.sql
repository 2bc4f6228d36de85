-- The labels of every enum type, in their order.
SELECT namespace.nspname::text AS schema, type.typname::text AS name,
       pg_catalog.array_agg(enum.enumlabel::text ORDER BY enum.enumsortorder) AS labels
FROM pg_catalog.pg_enum AS enum
JOIN pg_catalog.pg_type AS type ON type.oid = enum.enumtypid
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = type.typnamespace
GROUP BY 1, 2
ORDER BY 1, 2
