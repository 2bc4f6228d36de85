-- Every relation that a person made: what it is, where it hangs, how large it is.
SELECT class.oid::bigint AS oid, namespace.nspname::text AS schema, class.relname::text AS name,
       class.relkind::text AS kind, class.relpersistence::text AS persistence,
       CASE WHEN class.relispartition THEN inherits.inhparent::bigint END AS partition_of,
       pg_catalog.pg_get_partkeydef(class.oid) AS partition_key,
       pg_catalog.pg_get_expr(class.relpartbound, class.oid) AS partition_bound,
       coalesce((SELECT pg_catalog.array_agg(inhparent::bigint ORDER BY inhseqno)
                 FROM pg_catalog.pg_inherits WHERE inhrelid = class.oid AND NOT class.relispartition), '{}') AS inherits,
       class.relrowsecurity AS row_security,
       greatest(class.reltuples, 0)::bigint AS estimated_rows,
       -- A relation that another session has just dropped has no size.
       CASE WHEN class.relkind IN ('r', 'm')
            THEN coalesce(pg_catalog.pg_relation_size(class.oid), 0) ELSE 0 END AS heap_bytes,
       CASE WHEN class.relkind IN ('r', 'm') AND class.reltoastrelid <> 0
            THEN coalesce(pg_catalog.pg_relation_size(class.reltoastrelid), 0) ELSE 0 END AS toast_bytes,
       coalesce((SELECT pg_catalog.count(*) FROM pg_catalog.pg_trigger
                 WHERE tgrelid = class.oid AND NOT tgisinternal), 0) AS triggers,
       pg_catalog.obj_description(class.oid, 'pg_class') AS comment
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
LEFT JOIN pg_catalog.pg_inherits AS inherits ON inherits.inhrelid = class.oid AND class.relispartition
WHERE class.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND class.relpersistence <> 't'
  AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', '_privaci')
  AND namespace.nspname !~ '^pg_(toast|temp)'
  AND (NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend AS depend
          WHERE depend.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND depend.objid = class.oid
            AND depend.deptype = 'e')
       -- Tables of an extension whose rows are configuration belong to the user's data.
       OR class.oid IN (SELECT pg_catalog.unnest(extconfig) FROM pg_catalog.pg_extension))
ORDER BY 2, 3
