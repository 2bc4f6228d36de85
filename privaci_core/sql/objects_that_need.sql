-- Some tables, by their oids, and all that needs one of them, directly or not: a copy without them is without these.
WITH RECURSIVE needing (class, object) AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid, table_oid::oid
    FROM pg_catalog.unnest(%s::bigint[]) AS table_oid
    UNION
    SELECT depend.classid, depend.objid
    FROM needing
    JOIN pg_catalog.pg_depend AS depend
      ON depend.refclassid = needing.class AND depend.refobjid = needing.object AND depend.deptype <> 'e'
)
SELECT class::bigint, object::bigint FROM needing
