-- Every name, comment and definition that people wrote into a database, beside the object that has it.
SELECT pg_catalog.pg_describe_object(class, object, part), written
FROM (
    SELECT classoid AS class, objoid AS object, objsubid AS part, description AS written FROM pg_catalog.pg_description
    UNION ALL SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, oid, 0, nspname FROM pg_catalog.pg_namespace
    UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, oid, 0, relname FROM pg_catalog.pg_class
    UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, attrelid, attnum, attname
    FROM pg_catalog.pg_attribute WHERE attnum > 0 AND NOT attisdropped
    UNION ALL SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, oid, 0, pg_catalog.pg_get_expr(adbin, adrelid)
    FROM pg_catalog.pg_attrdef
    UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, indexrelid, 0, pg_catalog.pg_get_indexdef(indexrelid)
    FROM pg_catalog.pg_index WHERE indexrelid >= 16384
    UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, oid, 0, pg_catalog.pg_get_constraintdef(oid) || conname
    FROM pg_catalog.pg_constraint
    UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, oid, 0, typname FROM pg_catalog.pg_type
    UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, enumtypid, 0, enumlabel FROM pg_catalog.pg_enum
    UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid, 0, proname || prosrc FROM pg_catalog.pg_proc
    UNION ALL SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, oid, 0, pg_catalog.pg_get_ruledef(oid)
    FROM pg_catalog.pg_rewrite WHERE oid >= 16384
    UNION ALL SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, oid, 0, pg_catalog.pg_get_triggerdef(oid)
    FROM pg_catalog.pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, oid, 0,
                     pg_catalog.concat(polname, pg_catalog.pg_get_expr(polqual, polrelid),
                                       pg_catalog.pg_get_expr(polwithcheck, polrelid))
    FROM pg_catalog.pg_policy
) AS definitions
WHERE object >= 16384 AND written IS NOT NULL
