-- One DROP statement a row: everything in this database that is not Postgres's own, largest dependents first.
SELECT command
FROM (
    SELECT 1 AS step, pg_catalog.format('DROP EVENT TRIGGER %I', evtname) AS command
    FROM pg_catalog.pg_event_trigger AS event
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS depend
        WHERE depend.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND depend.objid = event.oid
          AND depend.deptype = 'e')
    UNION ALL
    -- That of an extension goes with it, and must not fire before.
    SELECT 1, pg_catalog.format('ALTER EVENT TRIGGER %I DISABLE', evtname)
    FROM pg_catalog.pg_event_trigger AS event
    WHERE evtenabled <> 'D' AND pg_catalog.pg_has_role(current_user, evtowner, 'USAGE') AND EXISTS (
        SELECT FROM pg_catalog.pg_depend AS depend
        WHERE depend.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND depend.objid = event.oid
          AND depend.deptype = 'e')
    UNION ALL
    -- One that has a slot is refused before.
    SELECT 2, pg_catalog.format('DROP SUBSCRIPTION %I', subname)
    FROM pg_catalog.pg_subscription WHERE subslotname IS NULL
      AND subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    UNION ALL
    SELECT 2, pg_catalog.format('DROP PUBLICATION %I', pubname) FROM pg_catalog.pg_publication
    UNION ALL
    -- Table by table, because dropping a whole schema takes a lock an object, more than the lock table may hold.
    -- Partitions precede what they are part of, which would take all their locks at once.
    SELECT CASE WHEN class.relispartition AND class.relkind = 'r' THEN 2.5 ELSE 3 END,
           pg_catalog.format('DROP TABLE IF EXISTS %I.%I CASCADE', namespace.nspname, class.relname)
    FROM pg_catalog.pg_class AS class
    JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.relkind IN ('r', 'p') AND namespace.nspname !~ '^pg_'
      AND namespace.nspname NOT IN ('information_schema', '_privaci')
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend AS depend
          WHERE depend.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND depend.objid = class.oid
            AND depend.deptype = 'e')
    UNION ALL
    SELECT 4, pg_catalog.format('DROP EXTENSION IF EXISTS %I CASCADE', extname)
    FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql'
    UNION ALL
    -- The schema that initdb made stays the one it is: what is in it goes, and who may use it is as initdb left it.
    SELECT 5, pg_catalog.format('DROP %s IF EXISTS %s CASCADE', CASE object.type WHEN 'statistics object' THEN 'STATISTICS'
                                WHEN 'composite type' THEN 'TYPE' ELSE pg_catalog.upper(object.type) END, object.identity)
    FROM pg_catalog.pg_depend AS depend
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(depend.classid, depend.objid, depend.objsubid) AS object
    WHERE depend.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND depend.deptype = 'n'
      AND depend.refobjid = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'public')
      AND object.type NOT IN ('default acl', 'extension')
      -- What came with another object, as a range's constructors did, goes with it.
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend AS part
          WHERE part.classid = depend.classid AND part.objid = depend.objid AND part.deptype IN ('i', 'e'))
    UNION ALL
    SELECT 6, pg_catalog.format('DROP SCHEMA IF EXISTS %I CASCADE', nspname)
    FROM pg_catalog.pg_namespace
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', '_privaci', 'public')
    UNION ALL
    SELECT 7, 'CREATE SCHEMA IF NOT EXISTS public'
    UNION ALL
    SELECT 8, pg_catalog.format('REVOKE ALL ON SCHEMA public FROM %s', CASE acl.grantee WHEN 0 THEN 'PUBLIC'
                                ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(acl.grantee)) END)
    FROM pg_catalog.pg_namespace, pg_catalog.aclexplode(nspacl) AS acl
    WHERE nspname = 'public' AND acl.grantee <> nspowner
    UNION ALL
    SELECT 9, 'GRANT USAGE ON SCHEMA public TO PUBLIC'
    UNION ALL
    SELECT 9, 'COMMENT ON SCHEMA public IS ''standard public schema'''
    WHERE pg_catalog.obj_description(pg_catalog.to_regnamespace('public'), 'pg_namespace')
          IS DISTINCT FROM 'standard public schema'
    UNION ALL
    SELECT 9, 'ALTER SCHEMA public OWNER TO pg_database_owner'
    FROM pg_catalog.pg_roles WHERE rolname = 'pg_database_owner'
    UNION ALL
    SELECT 10, pg_catalog.format('DROP SERVER IF EXISTS %I CASCADE', srvname) FROM pg_catalog.pg_foreign_server
    UNION ALL
    SELECT 11, pg_catalog.format('DROP FOREIGN DATA WRAPPER IF EXISTS %I CASCADE', fdwname)
    FROM pg_catalog.pg_foreign_data_wrapper
    UNION ALL
    -- What only superusers make stays where another role empties the target: it could not be dropped.
    SELECT 12, pg_catalog.format('DROP LANGUAGE IF EXISTS %I CASCADE', lanname)
    FROM pg_catalog.pg_language AS lang
    WHERE lang.oid >= 16384 AND pg_catalog.pg_has_role(current_user, lanowner, 'USAGE') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS depend
        WHERE depend.classid = 'pg_catalog.pg_language'::pg_catalog.regclass AND depend.objid = lang.oid
          AND depend.deptype = 'e')
    UNION ALL
    SELECT 12, pg_catalog.format('DROP ACCESS METHOD IF EXISTS %I CASCADE', amname)
    FROM pg_catalog.pg_am WHERE oid >= 16384 AND (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
    UNION ALL
    -- Casts between types that stay; others go with their types.
    SELECT 12, pg_catalog.format('DROP CAST IF EXISTS (%s AS %s)', pg_catalog.format_type(castsource, NULL),
                                 pg_catalog.format_type(casttarget, NULL))
    FROM pg_catalog.pg_cast
    WHERE oid >= 16384 AND castsource < 16384 AND casttarget < 16384
      AND (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
    UNION ALL
    -- Transforms likewise.
    SELECT 12, pg_catalog.format('DROP TRANSFORM IF EXISTS FOR %s LANGUAGE %I',
                                 pg_catalog.format_type(trftype, NULL), lanname)
    FROM pg_catalog.pg_transform AS transform
    JOIN pg_catalog.pg_language AS lang ON lang.oid = transform.trflang
    WHERE transform.oid >= 16384 AND trftype < 16384 AND lang.oid < 16384
      AND (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
    UNION ALL
    -- What a new object of ours would grant at once: each entry becomes what initdb left, and is gone.
    SELECT 13, pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE ALL ON %s FROM %s',
                                 pg_catalog.pg_get_userbyid(defaclrole),
                                 ' IN SCHEMA ' || pg_catalog.quote_ident(nspname), kinds.words,
                                 CASE acl.grantee WHEN 0 THEN 'PUBLIC'
                                 ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(acl.grantee)) END)
    FROM pg_catalog.pg_default_acl AS entry
    JOIN (VALUES ('r', 'TABLES'), ('S', 'SEQUENCES'), ('f', 'FUNCTIONS'), ('T', 'TYPES'), ('n', 'SCHEMAS'),
                 ('L', 'LARGE OBJECTS')) AS kinds (letter, words) ON kinds.letter = defaclobjtype::text
    LEFT JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = defaclnamespace
    CROSS JOIN LATERAL pg_catalog.aclexplode(defaclacl) AS acl
    WHERE pg_catalog.pg_has_role(current_user, defaclrole, 'USAGE')
      AND (nspname IS NULL OR nspname = 'public')
    UNION ALL
    SELECT 14, pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %1$I GRANT ALL ON %2$s TO %1$I',
                                 pg_catalog.pg_get_userbyid(defaclrole), kinds.words)
    FROM pg_catalog.pg_default_acl AS entry
    JOIN (VALUES ('r', 'TABLES'), ('S', 'SEQUENCES'), ('f', 'FUNCTIONS'), ('T', 'TYPES'), ('n', 'SCHEMAS'),
                 ('L', 'LARGE OBJECTS')) AS kinds (letter, words) ON kinds.letter = defaclobjtype::text
    WHERE defaclnamespace = 0 AND pg_catalog.pg_has_role(current_user, defaclrole, 'USAGE')
    UNION ALL
    SELECT 14, pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT %s TO PUBLIC',
                                 pg_catalog.pg_get_userbyid(defaclrole), kinds.words)
    FROM pg_catalog.pg_default_acl AS entry
    JOIN (VALUES ('f', 'EXECUTE ON FUNCTIONS'), ('T', 'USAGE ON TYPES')) AS kinds (letter, words)
      ON kinds.letter = defaclobjtype::text
    WHERE defaclnamespace = 0 AND pg_catalog.pg_has_role(current_user, defaclrole, 'USAGE')
    UNION ALL
    SELECT 15, pg_catalog.format('SELECT pg_catalog.lo_unlink(%s)', oid) FROM pg_catalog.pg_largeobject_metadata
) AS drops
ORDER BY step, command
