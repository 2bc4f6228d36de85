-- Foreign keys with all that finds their orphans: the operators of their index and the collations of their columns.
-- The last column of a key over periods is compared by the operator of overlaps.
SELECT child_schema.nspname::text AS child_schema, child.relname::text AS child, child.relkind = 'r' AS child_alone,
       parent_schema.nspname::text AS parent_schema, parent.relname::text AS parent,
       parent.relkind = 'r' AS parent_alone, con.conname::text AS name, con.confmatchtype = 'f' AS match_full,
       con.convalidated AS validated, coalesce(pg_catalog.to_jsonb(con) ->> 'conperiod', 'false') = 'true' AS period,
       ARRAY(SELECT pg_catalog.json_build_array(
                 own.attname, other.attname, operator_schema.nspname, operator.oprname,
                 CASE WHEN own.attcollation <> other.attcollation THEN sorting_schema.nspname END,
                 CASE WHEN own.attcollation <> other.attcollation THEN sorting.collname END)
             FROM ROWS FROM (pg_catalog.unnest(con.conkey), pg_catalog.unnest(con.confkey),
                             pg_catalog.unnest(con.conpfeqop)) WITH ORDINALITY AS part (own, other, operator, place)
             JOIN pg_catalog.pg_attribute AS own ON own.attrelid = con.conrelid AND own.attnum = part.own
             JOIN pg_catalog.pg_attribute AS other ON other.attrelid = con.confrelid AND other.attnum = part.other
             JOIN pg_catalog.pg_operator AS operator ON operator.oid = part.operator
             JOIN pg_catalog.pg_namespace AS operator_schema ON operator_schema.oid = operator.oprnamespace
             LEFT JOIN pg_catalog.pg_collation AS sorting ON sorting.oid = other.attcollation
             LEFT JOIN pg_catalog.pg_namespace AS sorting_schema ON sorting_schema.oid = sorting.collnamespace
             ORDER BY part.place) AS pairs
FROM pg_catalog.pg_constraint AS con
JOIN pg_catalog.pg_class AS child ON child.oid = con.conrelid
JOIN pg_catalog.pg_namespace AS child_schema ON child_schema.oid = child.relnamespace
JOIN pg_catalog.pg_class AS parent ON parent.oid = con.confrelid
JOIN pg_catalog.pg_namespace AS parent_schema ON parent_schema.oid = parent.relnamespace
WHERE con.contype = 'f' AND con.conparentid = 0
  AND child_schema.nspname <> '_privaci'
ORDER BY 1, 2, 7
