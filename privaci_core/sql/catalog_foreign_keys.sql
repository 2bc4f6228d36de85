-- Foreign keys as people declared them; the copies that partitions inherit are left out.
-- All that finds their orphans is among it: the operators of their index and the collations of their columns. The last
-- column of a key over periods is compared by the operator of overlaps.
SELECT con.conrelid::bigint AS relation, con.confrelid::bigint AS referenced, con.conname::text AS name,
       child_schema.nspname::text AS child_schema, child.relname::text AS child, child.relkind = 'r' AS child_alone,
       parent_schema.nspname::text AS parent_schema, parent.relname::text AS parent,
       parent.relkind = 'r' AS parent_alone,
       ARRAY(SELECT attribute.attname::text
             FROM pg_catalog.unnest(con.conkey) WITH ORDINALITY AS part (number, place)
             JOIN pg_catalog.pg_attribute AS attribute
               ON attribute.attrelid = con.conrelid AND attribute.attnum = part.number ORDER BY part.place) AS columns,
       ARRAY(SELECT attribute.attname::text
             FROM pg_catalog.unnest(con.confkey) WITH ORDINALITY AS part (number, place)
             JOIN pg_catalog.pg_attribute AS attribute
               ON attribute.attrelid = con.confrelid AND attribute.attnum = part.number
             ORDER BY part.place) AS referenced_columns,
       con.confmatchtype::text AS match, con.confdeltype::text AS on_delete,
       con.condeferrable AS deferrable, con.convalidated AS validated,
       ARRAY(SELECT pg_catalog.format('OPERATOR(%I.%s)', operator_schema.nspname, operator.oprname)
             FROM pg_catalog.unnest(con.conpfeqop) WITH ORDINALITY AS part (number, place)
             JOIN pg_catalog.pg_operator AS operator ON operator.oid = part.number
             JOIN pg_catalog.pg_namespace AS operator_schema ON operator_schema.oid = operator.oprnamespace
             ORDER BY part.place) AS operators,
       ARRAY(SELECT CASE WHEN own.attcollation <> other.attcollation
                         THEN pg_catalog.format('COLLATE %I.%I', sorting_schema.nspname, sorting.collname) ELSE '' END
             FROM ROWS FROM (pg_catalog.unnest(con.conkey), pg_catalog.unnest(con.confkey))
                  WITH ORDINALITY AS part (own, other, place)
             JOIN pg_catalog.pg_attribute AS own ON own.attrelid = con.conrelid AND own.attnum = part.own
             JOIN pg_catalog.pg_attribute AS other ON other.attrelid = con.confrelid AND other.attnum = part.other
             LEFT JOIN pg_catalog.pg_collation AS sorting ON sorting.oid = other.attcollation
             LEFT JOIN pg_catalog.pg_namespace AS sorting_schema ON sorting_schema.oid = sorting.collnamespace
             ORDER BY part.place) AS collations,
       coalesce(pg_catalog.to_jsonb(con) ->> 'conperiod', 'false') = 'true' AS period
FROM pg_catalog.pg_constraint AS con
JOIN pg_catalog.pg_class AS child ON child.oid = con.conrelid
JOIN pg_catalog.pg_namespace AS child_schema ON child_schema.oid = child.relnamespace
JOIN pg_catalog.pg_class AS parent ON parent.oid = con.confrelid
JOIN pg_catalog.pg_namespace AS parent_schema ON parent_schema.oid = parent.relnamespace
WHERE con.contype = 'f' AND con.conparentid = 0 AND child_schema.nspname <> '_privaci'
ORDER BY 1, 3
