-- Deferrable keys and exclusions of these tables: what they compare and how. Their triggers are silent in a replica.
SELECT namespace.nspname::text AS schema, class.relname::text AS table, con.conname::text AS name,
       ARRAY(SELECT pg_catalog.pg_get_indexdef(con.conindid, place, false)
             FROM pg_catalog.generate_series(1, found.indnkeyatts) AS place ORDER BY place) AS values,
       ARRAY(SELECT 'OPERATOR(' || pg_catalog.quote_ident(home.nspname) || '.' || operator.oprname || ')'
             FROM pg_catalog.unnest(con.conexclop) WITH ORDINALITY AS part (operator, place)
             JOIN pg_catalog.pg_operator AS operator ON operator.oid = part.operator
             JOIN pg_catalog.pg_namespace AS home ON home.oid = operator.oprnamespace
             ORDER BY part.place) AS operators,
       pg_catalog.pg_get_expr(found.indpred, found.indrelid) AS predicate,
       coalesce(pg_catalog.to_jsonb(found) ->> 'indnullsnotdistinct', 'false') = 'true' AS nulls_are_equal
FROM pg_catalog.pg_constraint AS con
JOIN pg_catalog.pg_index AS found ON found.indexrelid = con.conindid
JOIN pg_catalog.pg_class AS class ON class.oid = con.conrelid
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE con.conrelid = ANY (%s::text[]::pg_catalog.regclass[]) AND con.condeferrable AND con.contype IN ('p', 'u', 'x')
ORDER BY 1, 2, 3
