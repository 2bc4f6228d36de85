-- Populated materialized views, each after those that it reads, directly or through views.
WITH RECURSIVE reads AS (
    SELECT DISTINCT rule.ev_class AS reader, depend.refobjid AS read
    FROM pg_catalog.pg_rewrite AS rule
    JOIN pg_catalog.pg_depend AS depend
      ON depend.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND depend.objid = rule.oid
     AND depend.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND depend.refobjid <> rule.ev_class
), depth AS (
    SELECT oid AS relation, 0 AS steps FROM pg_catalog.pg_class WHERE relkind = 'm'
    UNION
    SELECT reads.reader, depth.steps + 1 FROM depth JOIN reads ON reads.read = depth.relation
)
SELECT namespace.nspname, class.relname
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
JOIN depth ON depth.relation = class.oid
WHERE class.relkind = 'm' AND class.relispopulated
GROUP BY 1, 2
ORDER BY pg_catalog.max(depth.steps), 1, 2
