-- Settings bound to this database (for everybody, or for one role in it), one row a setting. The mark
-- of a production database is its own: a copy is written again.
SELECT role.rolname AS role,
       pg_catalog.split_part(setting, '=', 1) AS name,
       pg_catalog.substr(setting, pg_catalog.strpos(setting, '=') + 1) AS value
FROM pg_catalog.pg_db_role_setting AS bound
CROSS JOIN LATERAL pg_catalog.unnest(bound.setconfig) AS setting
LEFT JOIN pg_catalog.pg_roles AS role ON role.oid = bound.setrole
WHERE bound.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  AND pg_catalog.split_part(setting, '=', 1) <> 'privaci.production'
ORDER BY 1 NULLS FIRST, 2
