-- Tables and indexes that hold no row, as ANALYZE has just found, but whose statistics hold values.
SELECT DISTINCT schemaname::text, tablename::text
FROM pg_catalog.pg_stats
JOIN pg_catalog.pg_namespace AS namespace ON namespace.nspname = schemaname
JOIN pg_catalog.pg_class AS class ON class.relnamespace = namespace.oid AND class.relname = tablename
WHERE class.reltuples = 0 AND NOT inherited
  AND (most_common_vals IS NOT NULL OR histogram_bounds IS NOT NULL OR most_common_elems IS NOT NULL)
  AND schemaname NOT IN ('pg_catalog', 'information_schema', '_privaci') AND schemaname !~ '^pg_(toast|temp)'
ORDER BY 1, 2
