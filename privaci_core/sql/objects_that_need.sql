-- Some tables, by their oids, and all that needs one of them, directly or not: a copy without them is without these.
WITH RECURSIVE needing (class, object) AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid, table_oid::oid
    FROM pg_catalog.unnest(%s::bigint[]) AS table_oid
    UNION
    SELECT more.class, more.object
    FROM needing
    CROSS JOIN LATERAL (
        SELECT depend.classid AS class, depend.objid AS object
        FROM pg_catalog.pg_depend AS depend
        WHERE depend.refclassid = needing.class AND depend.refobjid = needing.object AND depend.deptype <> 'e'
        UNION ALL
        -- What a view reads is written down as what its rule reads.
        SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid, rewrite.ev_class
        FROM pg_catalog.pg_rewrite AS rewrite
        WHERE needing.class = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND rewrite.oid = needing.object
          AND rewrite.rulename = '_RETURN'
    ) AS more
)
SELECT class::bigint, object::bigint FROM needing
