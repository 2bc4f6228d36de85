-- Removes what the planner remembers of every column and index expression, as the owner of their tables.
SELECT pg_catalog.pg_clear_attribute_stats(namespace.nspname, class.relname, attribute.attname, inherited)
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = class.oid
CROSS JOIN (VALUES (false), (true)) AS kind (inherited)
WHERE class.relkind IN ('r', 'm', 'p', 'i', 'I') AND class.relpersistence <> 't'
  AND attribute.attnum > 0 AND NOT attribute.attisdropped
  AND namespace.nspname NOT IN ('pg_catalog', 'information_schema') AND namespace.nspname !~ '^pg_(toast|temp)'
  AND pg_catalog.has_table_privilege(class.oid, 'MAINTAIN')
