-- Which relations the rows, or the statistics, of a materialized view, a parent or an index are made of.
WITH RECURSIVE made AS (
    SELECT class.oid AS relation, class.oid AS source
    FROM pg_catalog.pg_class AS class
    JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE namespace.nspname NOT IN ('pg_catalog', 'information_schema') AND namespace.nspname !~ '^pg_(toast|temp)'
      AND (class.relkind = 'm' OR class.relkind IN ('r', 'p') AND class.relhassubclass
           OR class.oid IN (SELECT indexrelid FROM pg_catalog.pg_index WHERE indexprs IS NOT NULL))
    UNION
    SELECT made.relation, found.source
    FROM made CROSS JOIN LATERAL (
        SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid = made.source
        UNION ALL
        SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = made.source
        UNION ALL
        SELECT depend.refobjid
        FROM pg_catalog.pg_rewrite AS rule
        JOIN pg_catalog.pg_depend AS depend ON depend.objid = rule.oid
        WHERE rule.ev_class = made.source AND rule.rulename = '_RETURN'
          AND depend.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
          AND depend.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    ) AS found (source)
)
SELECT relation_schema.nspname::text, relation.relname::text, source_schema.nspname::text, source.relname::text
FROM made
JOIN pg_catalog.pg_class AS relation ON relation.oid = made.relation
JOIN pg_catalog.pg_namespace AS relation_schema ON relation_schema.oid = relation.relnamespace
JOIN pg_catalog.pg_class AS source ON source.oid = made.source AND source.relkind IN ('r', 'm', 'p')
JOIN pg_catalog.pg_namespace AS source_schema ON source_schema.oid = source.relnamespace
