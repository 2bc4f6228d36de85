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
       coalesce(pg_catalog.to_jsonb(con) ->> 'conperiod', 'false') = 'true' AS period
FROM pg_catalog.pg_constraint AS con
WHERE con.contype = 'f' AND con.conparentid = 0
ORDER BY 1, 3
