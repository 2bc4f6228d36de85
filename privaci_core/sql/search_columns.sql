-- Every column of the target that holds rows: its table, its type, and whether the target computes it.
SELECT class.oid::bigint AS relation, namespace.nspname::text AS schema, class.relname::text AS name,
       class.relkind = 'm' AS materialized,
       class.reltuples::float8 AS estimated_rows,
       pg_catalog.pg_table_size(class.oid)::bigint AS size_bytes,
       attribute.attname::text AS column, attribute.atttypid::bigint AS type,
       attribute.attgenerated <> '' AS computed,
       type.typsend <> 0 AS binary
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = class.oid
JOIN pg_catalog.pg_type AS type ON type.oid = attribute.atttypid
WHERE class.relkind IN ('r', 'm') AND class.relpersistence <> 't'
  AND (class.relkind = 'r' OR class.relispopulated)
  AND attribute.attnum > 0 AND NOT attribute.attisdropped
  AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', '_privaci')
  AND namespace.nspname !~ '^pg_(toast|temp)'
ORDER BY class.oid, attribute.attnum
