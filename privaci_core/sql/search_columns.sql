-- Every column of the target that holds rows: its table, its type, and whether the target computes it.
WITH class AS MATERIALIZED (
    -- A size is a question to the file system: one for each table, not one for each column.
    SELECT class.oid, class.relname, class.relkind, class.reltuples,
           namespace.nspname, pg_catalog.pg_table_size(class.oid) AS size_bytes
    FROM pg_catalog.pg_class AS class
    JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.relkind IN ('r', 'm') AND class.relpersistence <> 't'
      AND (class.relkind = 'r' OR class.relispopulated)
      AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', '_privaci')
      AND namespace.nspname !~ '^pg_(toast|temp)'
)
SELECT class.oid::bigint AS relation, class.nspname::text AS schema, class.relname::text AS name,
       class.relkind = 'm' AS materialized,
       class.reltuples::float8 AS estimated_rows,
       class.size_bytes::bigint AS size_bytes,
       attribute.attname::text AS column, attribute.atttypid::bigint AS type,
       attribute.attgenerated <> '' AS computed,
       type.typsend <> 0 AS binary
FROM class
JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = class.oid
JOIN pg_catalog.pg_type AS type ON type.oid = attribute.atttypid
WHERE attribute.attnum > 0 AND NOT attribute.attisdropped
ORDER BY class.oid, attribute.attnum
