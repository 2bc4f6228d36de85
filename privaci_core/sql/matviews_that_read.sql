-- Materialized views that read one of these tables, a partitioned table above one of them or a view over one.
WITH RECURSIVE read (relation) AS (
    SELECT pg_catalog.unnest(%s::text[]::pg_catalog.regclass[])::pg_catalog.oid
    UNION
    SELECT found.relation
    FROM read CROSS JOIN LATERAL (
        SELECT rule.ev_class
        FROM pg_catalog.pg_depend AS depend
        JOIN pg_catalog.pg_rewrite AS rule ON rule.oid = depend.objid
        WHERE depend.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
          AND depend.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND depend.refobjid = read.relation
        UNION ALL
        SELECT inhparent FROM pg_catalog.pg_inherits WHERE inhrelid = read.relation
    ) AS found (relation)
)
SELECT namespace.nspname, class.relname
FROM read JOIN pg_catalog.pg_class AS class ON class.oid = read.relation AND class.relkind = 'm'
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
