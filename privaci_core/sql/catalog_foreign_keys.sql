-- Foreign keys as people declared them; the copies that partitions inherit are left out.
SELECT con.conrelid::bigint AS relation, con.confrelid::bigint AS referenced, con.conname::text AS name,
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
WHERE con.contype = 'f' AND con.conparentid = 0
ORDER BY 1, 3
