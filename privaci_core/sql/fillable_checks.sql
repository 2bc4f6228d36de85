-- Conditions that a new row must meet: checks of its table, of its columns' domains at any depth, and a partition's bounds.
WITH RECURSIVE domain AS (
    SELECT attribute.attrelid, attribute.attname, type.oid, type.typbasetype
    FROM pg_catalog.pg_attribute AS attribute
    JOIN pg_catalog.pg_type AS type ON type.oid = attribute.atttypid
    WHERE attribute.attnum > 0 AND NOT attribute.attisdropped AND type.typtype = 'd'
    UNION ALL
    SELECT domain.attrelid, domain.attname, below.oid, below.typbasetype
    FROM domain JOIN pg_catalog.pg_type AS below ON below.oid = domain.typbasetype
    WHERE below.typtype = 'd'
), found AS (
    SELECT con.conrelid AS relation, con.conname::text AS name, pg_catalog.pg_get_expr(con.conbin, con.conrelid) AS expression,
           ARRAY(SELECT attname::text FROM pg_catalog.pg_attribute
                 WHERE attrelid = con.conrelid AND attnum = ANY (con.conkey) ORDER BY attnum) AS columns,
           NULL::text AS domain_column
    FROM pg_catalog.pg_constraint AS con
    WHERE con.contype = 'c' AND con.conrelid <> 0
      AND coalesce(pg_catalog.to_jsonb(con) ->> 'conenforced', 'true') = 'true'
    UNION ALL
    SELECT domain.attrelid, con.conname::text, pg_catalog.pg_get_expr(con.conbin, 0), ARRAY[domain.attname::text],
           domain.attname::text
    FROM domain JOIN pg_catalog.pg_constraint AS con ON con.contypid = domain.oid AND con.contype = 'c'
    UNION ALL
    SELECT class.oid, 'the bounds of ' || class.relname, pg_catalog.pg_get_partition_constraintdef(class.oid),
           NULL, NULL
    FROM pg_catalog.pg_class AS class
    WHERE class.relispartition AND class.relkind IN ('r', 'p')
      AND pg_catalog.pg_get_partition_constraintdef(class.oid) IS NOT NULL
    UNION ALL
    SELECT root.oid, 'the partitions of ' || root.relname,
           (SELECT pg_catalog.string_agg(
                        '(' || coalesce(pg_catalog.pg_get_partition_constraintdef(leaf.relid), 'true') || ')', ' OR ')
            FROM pg_catalog.pg_partition_tree(root.oid) AS leaf WHERE leaf.isleaf AND leaf.relid <> root.oid),
           NULL, NULL
    FROM pg_catalog.pg_class AS root
    WHERE root.relkind = 'p'
)
SELECT found.relation::bigint AS relation, found.name, coalesce(found.expression, 'false') AS expression,
       coalesce(found.columns, ARRAY(
           SELECT attname::text FROM pg_catalog.pg_attribute
           WHERE attrelid = found.relation AND attnum > 0 AND NOT attisdropped
             AND pg_catalog.strpos(found.expression, pg_catalog.quote_ident(attname)) > 0 ORDER BY attnum)) AS columns,
       found.domain_column
FROM found
JOIN pg_catalog.pg_class AS class ON class.oid = found.relation
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE class.relkind IN ('r', 'p')
  AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', '_privaci')
  AND namespace.nspname !~ '^pg_(toast|temp)'
ORDER BY 1, 2
