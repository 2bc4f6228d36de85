-- Unique keys and exclusion constraints: what is compared, by which operators, and among which rows.
SELECT index.indrelid::bigint AS relation, class.relname::text AS name,
       pg_catalog.pg_get_expr(index.indpred, index.indrelid) AS predicate,
       ARRAY(SELECT pg_catalog.pg_get_indexdef(index.indexrelid, place, false)
             FROM pg_catalog.generate_series(1, index.indnkeyatts) AS place ORDER BY place) AS expressions,
       ARRAY(SELECT pg_catalog.format('OPERATOR(%I.%s)', of.nspname, operator.oprname)
             FROM pg_catalog.generate_series(1, index.indnkeyatts) AS place
             JOIN pg_catalog.pg_opclass AS opclass ON opclass.oid = index.indclass[place - 1]
             JOIN pg_catalog.pg_operator AS operator ON operator.oid = coalesce(
                 con.conexclop[place],
                 (SELECT amop.amopopr FROM pg_catalog.pg_amop AS amop
                  WHERE amop.amopfamily = opclass.opcfamily AND amop.amopstrategy = 3
                    AND amop.amoplefttype = opclass.opcintype AND amop.amoprighttype = opclass.opcintype))
             JOIN pg_catalog.pg_namespace AS of ON of.oid = operator.oprnamespace
             ORDER BY place) AS operators,
       ARRAY(SELECT DISTINCT attribute.attname::text
             FROM pg_catalog.pg_attribute AS attribute
             WHERE attribute.attrelid = index.indrelid AND attribute.attnum > 0
               AND (attribute.attnum = ANY ((index.indkey::smallint[])[0:index.indnkeyatts - 1])
                    OR (index.indexprs IS NOT NULL OR index.indpred IS NOT NULL) AND EXISTS (
                        SELECT FROM pg_catalog.pg_depend AS depend
                        WHERE depend.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                          AND depend.objid = index.indexrelid AND depend.refobjid = index.indrelid
                          AND depend.refobjsubid = attribute.attnum))
             ORDER BY 1) AS columns,
       coalesce(pg_catalog.to_jsonb(index) ->> 'indnullsnotdistinct', 'false') = 'true' AS nulls_equal,
       index.indisprimary AS is_primary,
       index.indisunique AND index.indexprs IS NULL AND index.indpred IS NULL AS is_plain
FROM pg_catalog.pg_index AS index
JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
JOIN pg_catalog.pg_class AS relation ON relation.oid = index.indrelid
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
LEFT JOIN pg_catalog.pg_constraint AS con ON con.conindid = index.indexrelid AND con.conrelid = index.indrelid
    AND con.contype IN ('p', 'u', 'x')
WHERE (index.indisunique OR index.indisexclusion) AND relation.relkind IN ('r', 'p')
  AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', '_privaci')
  AND namespace.nspname !~ '^pg_(toast|temp)'
ORDER BY 1, 2
