-- The sequences of the columns of these tables, and of the partitioned tables above them: owned, or read by a default.
WITH RECURSIVE owner (relation) AS (
    SELECT pg_catalog.unnest(%s::text[]::pg_catalog.regclass[])::pg_catalog.oid
    UNION
    SELECT above.inhparent FROM owner JOIN pg_catalog.pg_inherits AS above ON above.inhrelid = owner.relation
)
SELECT namespace.nspname, class.relname
FROM (
    SELECT depend.objid AS sequence
    FROM owner JOIN pg_catalog.pg_depend AS depend ON depend.refobjid = owner.relation
    WHERE depend.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND depend.deptype IN ('a', 'i')
      AND depend.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    UNION
    SELECT depend.refobjid
    FROM owner
    JOIN pg_catalog.pg_attrdef AS value ON value.adrelid = owner.relation
    JOIN pg_catalog.pg_depend AS depend ON depend.objid = value.oid
     AND depend.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
     AND depend.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
) AS used
JOIN pg_catalog.pg_class AS class ON class.oid = used.sequence AND class.relkind = 'S'
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
ORDER BY 1, 2
