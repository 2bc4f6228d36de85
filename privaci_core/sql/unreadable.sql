-- Those of the given tables that this user cannot read whole: no privilege, or a policy that would hide rows.
SELECT named.schema, named.name,
       CASE WHEN pg_catalog.has_table_privilege(class.oid, 'SELECT')
             AND pg_catalog.has_schema_privilege(class.relnamespace, 'USAGE')
            THEN ' (row-level security)' ELSE '' END AS why
FROM ROWS FROM (pg_catalog.unnest(%s::text[]), pg_catalog.unnest(%s::text[])) AS named (schema, name)
JOIN pg_catalog.pg_namespace AS namespace ON namespace.nspname = named.schema
JOIN pg_catalog.pg_class AS class ON class.relnamespace = namespace.oid AND class.relname = named.name
JOIN pg_catalog.pg_roles AS me ON me.rolname = current_user
WHERE NOT pg_catalog.has_table_privilege(class.oid, 'SELECT')
   OR NOT pg_catalog.has_schema_privilege(class.relnamespace, 'USAGE')
   OR (class.relrowsecurity AND NOT (me.rolsuper OR me.rolbypassrls)
       AND (class.relforcerowsecurity OR NOT pg_catalog.pg_has_role(class.relowner, 'USAGE')))
ORDER BY 1, 2
