-- Check constraints of tables, and of the domains that columns have, with the columns that each looks at.
SELECT con.conrelid::bigint AS relation, con.conname::text AS name,
       pg_catalog.pg_get_constraintdef(con.oid) AS definition,
       ARRAY(SELECT attname::text FROM pg_catalog.pg_attribute
             WHERE attrelid = con.conrelid AND attnum = ANY (con.conkey) ORDER BY attnum) AS columns
FROM pg_catalog.pg_constraint AS con
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = con.connamespace
WHERE con.contype = 'c' AND con.conrelid <> 0
  AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', '_privaci')
UNION ALL
SELECT attribute.attrelid::bigint, con.conname::text, pg_catalog.pg_get_constraintdef(con.oid),
       ARRAY[attribute.attname::text]
FROM pg_catalog.pg_constraint AS con
JOIN pg_catalog.pg_attribute AS attribute
  ON attribute.atttypid = con.contypid AND attribute.attnum > 0 AND NOT attribute.attisdropped
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = con.connamespace
WHERE con.contype = 'c' AND con.contypid <> 0
  AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', '_privaci')
ORDER BY 1, 2
