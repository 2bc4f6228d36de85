-- Every text that is part of the schema, not of a row: definitions, comments, bounds, labels, statistics.
WITH own AS (
    SELECT oid, nspname FROM pg_catalog.pg_namespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema', '_privaci') AND nspname !~ '^pg_(toast|temp)'
), tables AS (
    SELECT class.* FROM pg_catalog.pg_class AS class JOIN own ON own.oid = class.relnamespace
), texts AS (
    SELECT 'comment' AS kind, classoid AS class, objoid AS object, objsubid AS part, description AS text
    FROM pg_catalog.pg_description
    WHERE objoid >= 16384 OR objoid IN (SELECT oid FROM own)
    UNION ALL
    SELECT 'label', classoid, objoid, objsubid, label FROM pg_catalog.pg_seclabel
    UNION ALL
    SELECT 'definition', 'pg_catalog.pg_class'::pg_catalog.regclass, oid, 0, pg_catalog.pg_get_viewdef(oid)
    FROM tables WHERE relkind IN ('v', 'm')
    UNION ALL
    SELECT 'bounds', 'pg_catalog.pg_class'::pg_catalog.regclass, oid, 0, pg_catalog.pg_get_expr(relpartbound, oid)
    FROM tables WHERE relispartition
    UNION ALL
    SELECT 'key', 'pg_catalog.pg_class'::pg_catalog.regclass, oid, 0, pg_catalog.pg_get_partkeydef(oid)
    FROM tables WHERE relkind = 'p'
    UNION ALL
    SELECT 'definition', 'pg_catalog.pg_class'::pg_catalog.regclass, index.indexrelid, 0,
           pg_catalog.pg_get_indexdef(index.indexrelid)
    FROM pg_catalog.pg_index AS index JOIN tables ON tables.oid = index.indrelid
    WHERE index.indexprs IS NOT NULL OR index.indpred IS NOT NULL
    UNION ALL
    SELECT 'default', 'pg_catalog.pg_class'::pg_catalog.regclass, adrelid, adnum,
           pg_catalog.pg_get_expr(adbin, adrelid)
    FROM pg_catalog.pg_attrdef JOIN tables ON tables.oid = adrelid
    UNION ALL
    SELECT 'definition', 'pg_catalog.pg_constraint'::pg_catalog.regclass, constraints.oid, 0,
           pg_catalog.pg_get_constraintdef(constraints.oid)
    FROM pg_catalog.pg_constraint AS constraints JOIN own ON own.oid = constraints.connamespace
    WHERE contype IN ('c', 'x')
    UNION ALL
    SELECT 'definition', 'pg_catalog.pg_proc'::pg_catalog.regclass, proc.oid, 0,
           concat_ws(' ', proc.prosrc, pg_catalog.pg_get_function_arguments(proc.oid),
                     pg_catalog.array_to_string(proc.proconfig, ' '),
                     -- A body in standard SQL is a tree; only its definition shows it.
                     CASE WHEN pg_catalog.to_jsonb(proc) ->> 'prosqlbody' IS NOT NULL
                          THEN pg_catalog.pg_get_functiondef(proc.oid) END)
    FROM pg_catalog.pg_proc AS proc JOIN own ON own.oid = proc.pronamespace
    WHERE proc.probin IS NULL
    UNION ALL
    SELECT 'start', 'pg_catalog.pg_proc'::pg_catalog.regclass, aggregates.aggfnoid, 0,
           concat_ws(' | ', aggregates.agginitval, aggregates.aggminitval)
    FROM pg_catalog.pg_aggregate AS aggregates
    JOIN pg_catalog.pg_proc AS proc ON proc.oid = aggregates.aggfnoid
    JOIN own ON own.oid = proc.pronamespace
    UNION ALL
    SELECT 'definition', 'pg_catalog.pg_trigger'::pg_catalog.regclass, triggers.oid, 0,
           pg_catalog.pg_get_triggerdef(triggers.oid)
    FROM pg_catalog.pg_trigger AS triggers JOIN tables ON tables.oid = triggers.tgrelid
    WHERE NOT triggers.tgisinternal
    UNION ALL
    SELECT 'definition', 'pg_catalog.pg_rewrite'::pg_catalog.regclass, rules.oid, 0,
           pg_catalog.pg_get_ruledef(rules.oid)
    FROM pg_catalog.pg_rewrite AS rules JOIN tables ON tables.oid = rules.ev_class
    WHERE rules.rulename <> '_RETURN'
    UNION ALL
    SELECT 'definition', 'pg_catalog.pg_policy'::pg_catalog.regclass, policies.oid, 0,
           concat_ws(' ', pg_catalog.pg_get_expr(polqual, polrelid), pg_catalog.pg_get_expr(polwithcheck, polrelid))
    FROM pg_catalog.pg_policy AS policies JOIN tables ON tables.oid = policies.polrelid
    UNION ALL
    SELECT 'labels', 'pg_catalog.pg_type'::pg_catalog.regclass, types.oid, 0,
           pg_catalog.string_agg(labels.enumlabel, ' | ')
    FROM pg_catalog.pg_enum AS labels
    JOIN pg_catalog.pg_type AS types ON types.oid = labels.enumtypid
    JOIN own ON own.oid = types.typnamespace
    GROUP BY types.oid
    UNION ALL
    SELECT 'default', 'pg_catalog.pg_type'::pg_catalog.regclass, types.oid, 0, types.typdefault
    FROM pg_catalog.pg_type AS types JOIN own ON own.oid = types.typnamespace
    WHERE types.typdefault IS NOT NULL
    UNION ALL
    SELECT 'definition', 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, statistics.oid, 0,
           pg_catalog.pg_get_statisticsobjdef(statistics.oid)
    FROM pg_catalog.pg_statistic_ext AS statistics JOIN own ON own.oid = statistics.stxnamespace
    UNION ALL
    SELECT 'options', 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, oid, 0,
           pg_catalog.array_to_string(fdwoptions, ' | ')
    FROM pg_catalog.pg_foreign_data_wrapper
    UNION ALL
    SELECT 'options', 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, oid, 0,
           pg_catalog.array_to_string(srvoptions, ' | ')
    FROM pg_catalog.pg_foreign_server
    UNION ALL
    SELECT 'options', 'pg_catalog.pg_class'::pg_catalog.regclass, ftrelid, 0,
           pg_catalog.array_to_string(ftoptions, ' | ')
    FROM pg_catalog.pg_foreign_table
    UNION ALL
    SELECT 'options', 'pg_catalog.pg_class'::pg_catalog.regclass, attrelid, attnum,
           pg_catalog.array_to_string(attfdwoptions, ' | ')
    FROM pg_catalog.pg_attribute JOIN tables ON tables.oid = attrelid
    WHERE attfdwoptions IS NOT NULL
    UNION ALL
    SELECT 'settings', 'pg_catalog.pg_database'::pg_catalog.regclass, databases.oid, 0,
           pg_catalog.array_to_string(settings.setconfig, ' | ')
    FROM pg_catalog.pg_db_role_setting AS settings
    JOIN pg_catalog.pg_database AS databases ON databases.oid = settings.setdatabase
    WHERE databases.datname = pg_catalog.current_database()
)
SELECT pg_catalog.concat_ws(' ', 'the', kind, 'of', pg_catalog.pg_describe_object(class, object, part)) AS place,
       -- As bytes: a database without an encoding may hold some that are no UTF-8.
       pg_catalog.convert_to(text, CASE WHEN pg_catalog.getdatabaseencoding() = 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END)
           AS text
FROM texts WHERE text IS NOT NULL
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'the row filter of publication', tables.pubname),
       pg_catalog.convert_to(filter, CASE WHEN pg_catalog.getdatabaseencoding() = 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END)
FROM pg_catalog.pg_publication_tables AS tables
CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(tables) ->> 'rowfilter') AS filters (filter)
WHERE filter IS NOT NULL
