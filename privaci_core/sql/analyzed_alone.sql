-- The tables of a database that ANALYZE can read: not those above a foreign table, which another server would be asked for.
WITH RECURSIVE above AS (
    SELECT inhparent AS relation FROM pg_catalog.pg_inherits
    JOIN pg_catalog.pg_class AS class ON class.oid = inhrelid WHERE class.relkind = 'f'
    UNION
    SELECT inhparent FROM pg_catalog.pg_inherits JOIN above ON inhrelid = above.relation
)
SELECT namespace.nspname::text, class.relname::text
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE class.relkind IN ('r', 'm', 'p') AND namespace.nspname NOT IN ('pg_catalog', 'information_schema')
  AND namespace.nspname !~ '^pg_temp' AND class.oid NOT IN (SELECT relation FROM above)
  AND EXISTS (SELECT FROM above)
ORDER BY 1, 2
