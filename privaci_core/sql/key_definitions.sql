-- Columns, keys, indexes, checks, triggers and policies of every table that a person made, each with its definition.
-- `state` says what the definition does not: whether it is validated, valid or enabled.
-- `deparsed` is true where the text holds an expression, which another version of the server may print in another way.
WITH relation AS (
    SELECT class.oid, class.relkind, class.relrowsecurity, class.relforcerowsecurity,
           namespace.nspname::text AS schema, class.relname::text AS name
    FROM pg_catalog.pg_class AS class
    JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.relkind IN ('r', 'p', 'm', 'f', 'v') AND class.relpersistence <> 't'
      AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', '_privaci')
      AND namespace.nspname !~ '^pg_(toast|temp)'
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend AS depend
          WHERE depend.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND depend.objid = class.oid
            AND depend.deptype = 'e')
), disabled AS MATERIALIZED (
    -- Constraints with a disabled trigger; looked for once, because no index leads to such triggers.
    SELECT pg_catalog.unnest(ARRAY[part.oid, part.conparentid]) AS oid
    FROM pg_catalog.pg_trigger AS trigger
    JOIN pg_catalog.pg_constraint AS part ON part.oid = trigger.tgconstraint
    WHERE trigger.tgisinternal AND trigger.tgenabled NOT IN ('O', 'A')
)
SELECT relation.oid::bigint AS relation, relation.schema, relation.name AS table_name, found.*
FROM relation
CROSS JOIN LATERAL (
    -- A check's or key's text ends with NOT VALID where its state says so as well.
    SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass::oid::bigint AS object_class, con.oid::bigint AS object,
           CASE con.contype WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check'
                            WHEN 'x' THEN 'exclusion' ELSE 'unique key' END AS kind,
           con.conname::text AS name,
           pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(con.oid), ' NOT VALID$', '') AS definition,
           CASE WHEN con.oid IN (SELECT oid FROM disabled) THEN 'disabled'
                WHEN NOT con.convalidated THEN 'not validated'
                WHEN NOT coalesce(index.indisvalid AND index.indisready, true) THEN 'not valid'
                ELSE 'valid' END AS state,
           con.contype IN ('c', 'x') AS deparsed
    FROM pg_catalog.pg_constraint AS con
    LEFT JOIN pg_catalog.pg_index AS index
      ON index.indexrelid = con.conindid AND con.contype IN ('p', 'u', 'x')
    WHERE con.conrelid = relation.oid AND con.contype IN ('p', 'u', 'x', 'c', 'f')
      -- Partitions inherit copies of foreign keys.
      AND (con.contype <> 'f' OR con.conparentid = 0)
    UNION ALL
    -- The text begins with CREATE INDEX and the name, which another index may have.
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid::bigint, class.oid::bigint,
           CASE WHEN index.indisunique THEN 'unique index' ELSE 'index' END, class.relname::text,
           CASE WHEN index.indisunique THEN 'UNIQUE' ELSE '' END || pg_catalog.substr(
               pg_catalog.pg_get_indexdef(class.oid),
               pg_catalog.length(CASE WHEN index.indisunique THEN 'CREATE UNIQUE INDEX ' ELSE 'CREATE INDEX ' END
                                 || pg_catalog.quote_ident(class.relname)) + 1),
           CASE WHEN index.indisvalid AND index.indisready THEN 'valid' ELSE 'not valid' END,
           index.indexprs IS NOT NULL OR index.indpred IS NOT NULL
    FROM pg_catalog.pg_index AS index
    JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
    WHERE index.indrelid = relation.oid
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_constraint AS con
          WHERE con.conindid = index.indexrelid AND con.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass::oid::bigint, trigger.oid::bigint, 'trigger',
           trigger.tgname::text, pg_catalog.pg_get_triggerdef(trigger.oid),
           CASE trigger.tgenabled WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled'
                                  WHEN 'R' THEN 'enabled on replicas' ELSE 'always enabled' END,
           trigger.tgqual IS NOT NULL
    FROM pg_catalog.pg_trigger AS trigger
    -- Before version 13 the copies of partitions are internal, and later they name the trigger above.
    WHERE trigger.tgrelid = relation.oid AND NOT trigger.tgisinternal
      AND coalesce(pg_catalog.to_jsonb(trigger) ->> 'tgparentid', '0') = '0'
    UNION ALL
    SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass::oid::bigint, policy.oid::bigint, 'policy',
           policy.polname::text,
           pg_catalog.concat_ws(' ', policy.polname, policy.polcmd, policy.polpermissive,
               ARRAY(SELECT CASE role WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(role) END
                     FROM pg_catalog.unnest(policy.polroles) AS role ORDER BY 1)::text,
               'using', pg_catalog.pg_get_expr(policy.polqual, policy.polrelid),
               'check', pg_catalog.pg_get_expr(policy.polwithcheck, policy.polrelid)),
           'enabled', true
    FROM pg_catalog.pg_policy AS policy
    WHERE policy.polrelid = relation.oid
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid::bigint, relation.oid::bigint, 'row security', 'row security',
           'row security', CASE WHEN relation.relforcerowsecurity THEN 'forced ' ELSE '' END
                           || CASE WHEN relation.relrowsecurity THEN 'enabled' ELSE 'disabled' END, false
    WHERE relation.relkind IN ('r', 'p')
    UNION ALL
    SELECT CASE WHEN preset.oid IS NULL THEN 'pg_catalog.pg_class'::pg_catalog.regclass
                ELSE 'pg_catalog.pg_attrdef'::pg_catalog.regclass END::oid::bigint,
           coalesce(preset.oid, relation.oid)::bigint, 'column', attribute.attname::text,
           pg_catalog.concat_ws(' ', pg_catalog.quote_ident(attribute.attname),
               pg_catalog.format_type(attribute.atttypid, attribute.atttypmod),
               CASE WHEN attribute.attnotnull THEN 'not null' END,
               nullif('identity ' || attribute.attidentity::text, 'identity '),
               nullif('generated ' || attribute.attgenerated::text, 'generated '),
               'default ' || pg_catalog.pg_get_expr(preset.adbin, preset.adrelid)),
           'valid', preset.oid IS NOT NULL
    FROM pg_catalog.pg_attribute AS attribute
    LEFT JOIN pg_catalog.pg_attrdef AS preset
      ON preset.adrelid = attribute.attrelid AND preset.adnum = attribute.attnum
    WHERE attribute.attrelid = relation.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
      AND relation.relkind IN ('r', 'p')
) AS found
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS depend
    WHERE depend.classid = found.object_class AND depend.objid = found.object AND depend.deptype = 'e')
ORDER BY 2, 3, 6, 7
