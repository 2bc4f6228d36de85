-- Unique indexes, constraints' own and plain ones; an expression has no column, so its columns are listed beside it.
SELECT index.indrelid::bigint AS relation, class.relname::text AS name,
       index.indisprimary AS is_primary,
       ARRAY(SELECT attribute.attname::text
             FROM pg_catalog.unnest(index.indkey::smallint[]) WITH ORDINALITY AS part (number, place)
             JOIN pg_catalog.pg_attribute AS attribute
               ON attribute.attrelid = index.indrelid AND attribute.attnum = part.number
             WHERE part.place <= index.indnkeyatts ORDER BY part.place) AS columns,
       ARRAY(SELECT DISTINCT attribute.attname::text
             FROM pg_catalog.pg_depend AS depend
             JOIN pg_catalog.pg_attribute AS attribute
               ON attribute.attrelid = depend.refobjid AND attribute.attnum = depend.refobjsubid
             WHERE depend.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND depend.objid = index.indexrelid
               AND depend.refobjid = index.indrelid AND index.indexprs IS NOT NULL ORDER BY 1) AS expression_columns,
       pg_catalog.pg_get_expr(index.indexprs, index.indrelid) AS expressions,
       pg_catalog.pg_get_expr(index.indpred, index.indrelid) AS predicate
FROM pg_catalog.pg_index AS index
JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
JOIN pg_catalog.pg_class AS relation ON relation.oid = index.indrelid
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE index.indisunique AND relation.relkind IN ('r', 'p')
  AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', '_privaci')
  AND namespace.nspname !~ '^pg_(toast|temp)'
ORDER BY 1, 2
