-- The values of columns that have few, as the last ANALYZE counted them.
SELECT class.oid::bigint AS relation, stats.attname::text AS name,
       stats.most_common_vals::text::text[] AS words
FROM pg_catalog.pg_stats AS stats
JOIN pg_catalog.pg_namespace AS namespace ON namespace.nspname = stats.schemaname
JOIN pg_catalog.pg_class AS class ON class.relnamespace = namespace.oid AND class.relname = stats.tablename
WHERE stats.n_distinct BETWEEN 1 AND 40 AND stats.most_common_vals IS NOT NULL
  AND stats.schemaname NOT IN ('pg_catalog', 'information_schema', '_privaci')
  AND (stats.inherited OR class.relkind <> 'p')
ORDER BY 1, 2, stats.inherited
