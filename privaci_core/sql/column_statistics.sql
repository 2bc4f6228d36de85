-- What the planner knows of each column: how many values differ, how many are NULL, how long they are.
-- Of a partitioned table that with all its partitions comes last, and counts.
SELECT schemaname::text AS schema, tablename::text AS name, attname::text AS column,
       n_distinct, null_frac, avg_width
FROM pg_catalog.pg_stats
WHERE schemaname NOT IN ('pg_catalog', 'information_schema', '_privaci') AND schemaname !~ '^pg_(toast|temp)'
ORDER BY inherited
