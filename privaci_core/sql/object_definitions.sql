-- Every object that a person made, by its kind and name, with the text that defines it. Rows, positions and sizes are not in it.
-- Owner and privileges are lines of their own. What belongs to an extension is told by the extension's version.
WITH made AS (
    SELECT oid FROM pg_catalog.pg_namespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema', '_privaci') AND nspname !~ '^pg_(toast|temp)'
), member AS (
    SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
), relation AS (
    SELECT class.*, class.oid::pg_catalog.regclass::text AS called,
           CASE class.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence'
                              WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'composite type' END AS kind
    FROM pg_catalog.pg_class AS class
    WHERE class.relnamespace IN (SELECT oid FROM made) AND class.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
      AND class.relpersistence <> 't'
      AND ('pg_catalog.pg_class'::pg_catalog.regclass, class.oid) NOT IN (SELECT classid, objid FROM member)
), owned AS (
    SELECT kind, called, relowner AS owner, coalesce(relacl, pg_catalog.acldefault(
               CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)) AS acl
    FROM relation WHERE relkind <> 'c'
    UNION ALL
    SELECT 'column', relation.called || '.' || pg_catalog.quote_ident(attname), NULL, attacl
    FROM relation JOIN pg_catalog.pg_attribute ON attrelid = relation.oid AND attacl IS NOT NULL
    UNION ALL
    SELECT 'schema', pg_catalog.quote_ident(nspname), nspowner, coalesce(nspacl, pg_catalog.acldefault('n', nspowner))
    FROM pg_catalog.pg_namespace WHERE oid IN (SELECT oid FROM made)
    UNION ALL
    SELECT 'function', oid::pg_catalog.regprocedure::text, proowner,
           coalesce(proacl, pg_catalog.acldefault('f', proowner))
    FROM pg_catalog.pg_proc
    WHERE pronamespace IN (SELECT oid FROM made)
      AND ('pg_catalog.pg_proc'::pg_catalog.regclass, oid) NOT IN (SELECT classid, objid FROM member)
    UNION ALL
    SELECT 'type', oid::pg_catalog.regtype::text, typowner, coalesce(typacl, pg_catalog.acldefault('T', typowner))
    FROM pg_catalog.pg_type
    WHERE typnamespace IN (SELECT oid FROM made) AND typtype IN ('d', 'e', 'r')
      AND ('pg_catalog.pg_type'::pg_catalog.regclass, oid) NOT IN (SELECT classid, objid FROM member)
    UNION ALL
    SELECT 'foreign server', pg_catalog.quote_ident(srvname), srvowner, srvacl FROM pg_catalog.pg_foreign_server
)
SELECT kind, name, definition
FROM (
    SELECT 'schema' AS kind, pg_catalog.quote_ident(nspname) AS name, '' AS definition
    FROM pg_catalog.pg_namespace WHERE oid IN (SELECT oid FROM made)
    UNION ALL
    SELECT 'privileges', owned.kind || ' ' || owned.called, pg_catalog.concat_ws(' ', pg_catalog.pg_get_userbyid(owned.owner),
               ARRAY(SELECT item::text FROM pg_catalog.unnest(owned.acl) AS item ORDER BY 1)::text)
    FROM owned
    UNION ALL
    -- A table with all that its own row of the catalog says; views and sequences follow.
    SELECT relation.kind, relation.called, pg_catalog.concat_ws(' ', relation.relpersistence,
               relation.relreplident, relation.relrowsecurity, relation.relforcerowsecurity,
               'parts', pg_catalog.pg_get_partkeydef(relation.oid),
               'bound', pg_catalog.pg_get_expr(relation.relpartbound, relation.oid),
               'of', ARRAY(SELECT inhparent::pg_catalog.regclass::text FROM pg_catalog.pg_inherits
                           WHERE inhrelid = relation.oid ORDER BY inhseqno)::text,
               'with', relation.reloptions::text,
               'text', CASE WHEN relation.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(relation.oid) END,
               'sequence', (SELECT pg_catalog.concat_ws(' ', seqtypid::pg_catalog.regtype, seqstart, seqincrement, seqmin,
                                                        seqmax, seqcache, seqcycle)
                            FROM pg_catalog.pg_sequence WHERE seqrelid = relation.oid),
               'server', (SELECT pg_catalog.concat_ws(' ', srvname, ftoptions::text) FROM pg_catalog.pg_foreign_table
                          JOIN pg_catalog.pg_foreign_server AS server ON server.oid = ftserver
                          WHERE ftrelid = relation.oid))
    FROM relation
    UNION ALL
    SELECT 'column', relation.called || '.' || pg_catalog.quote_ident(attribute.attname),
           pg_catalog.concat_ws(' ', attribute.attnum - (
                   SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute AS dropped
                   WHERE dropped.attrelid = attribute.attrelid AND dropped.attisdropped
                     AND dropped.attnum BETWEEN 1 AND attribute.attnum),
               pg_catalog.format_type(attribute.atttypid, attribute.atttypmod), attribute.attnotnull,
               attribute.attidentity, attribute.attgenerated, attribute.attstorage, attribute.attstattarget::text,
               attribute.attoptions::text, attribute.attfdwoptions::text,
               (SELECT collation_schema.nspname || '.' || collname FROM pg_catalog.pg_collation AS sorting
                JOIN pg_catalog.pg_namespace AS collation_schema ON collation_schema.oid = sorting.collnamespace
                WHERE sorting.oid = attribute.attcollation),
               'default', pg_catalog.pg_get_expr(preset.adbin, preset.adrelid))
    FROM relation
    JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = relation.oid
    LEFT JOIN pg_catalog.pg_attrdef AS preset
      ON preset.adrelid = attribute.attrelid AND preset.adnum = attribute.attnum
    WHERE relation.relkind NOT IN ('S', 'v', 'm') AND attribute.attnum > 0 AND NOT attribute.attisdropped
    UNION ALL
    -- Not what version 18 calls a constraint and is a column's NOT NULL.
    SELECT 'constraint', pg_catalog.quote_ident(con.conname) || ' of '
               || coalesce(relation.called, con.contypid::pg_catalog.regtype::text),
           pg_catalog.concat_ws(' ', pg_catalog.pg_get_constraintdef(con.oid), con.convalidated,
               ARRAY(SELECT trigger.tgenabled::text FROM pg_catalog.pg_trigger AS trigger
                     WHERE trigger.tgconstraint = con.oid AND trigger.tgisinternal ORDER BY 1)::text)
    FROM pg_catalog.pg_constraint AS con
    LEFT JOIN relation ON relation.oid = con.conrelid
    WHERE con.connamespace IN (SELECT oid FROM made) AND con.contype <> 'n'
      AND (relation.oid IS NOT NULL OR con.contypid <> 0)
      AND ('pg_catalog.pg_type'::pg_catalog.regclass, con.contypid) NOT IN (SELECT classid, objid FROM member)
    UNION ALL
    SELECT 'index', index.indexrelid::pg_catalog.regclass::text, pg_catalog.concat_ws(' ',
               pg_catalog.pg_get_indexdef(index.indexrelid), index.indisvalid, index.indisready, index.indisclustered,
               index.indisreplident)
    FROM pg_catalog.pg_index AS index JOIN relation ON relation.oid = index.indrelid
    UNION ALL
    SELECT 'trigger', pg_catalog.quote_ident(trigger.tgname) || ' of ' || relation.called,
           pg_catalog.concat_ws(' ', pg_catalog.pg_get_triggerdef(trigger.oid), trigger.tgenabled)
    FROM pg_catalog.pg_trigger AS trigger JOIN relation ON relation.oid = trigger.tgrelid
    WHERE NOT trigger.tgisinternal
    UNION ALL
    SELECT 'rule', pg_catalog.quote_ident(rewrite.rulename) || ' of ' || relation.called,
           pg_catalog.concat_ws(' ', pg_catalog.pg_get_ruledef(rewrite.oid), rewrite.ev_enabled)
    FROM pg_catalog.pg_rewrite AS rewrite JOIN relation ON relation.oid = rewrite.ev_class
    WHERE rewrite.rulename <> '_RETURN'
    UNION ALL
    SELECT 'policy', pg_catalog.quote_ident(policy.polname) || ' of ' || relation.called,
           pg_catalog.concat_ws(' ', policy.polcmd, policy.polpermissive,
               ARRAY(SELECT CASE role WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(role) END
                     FROM pg_catalog.unnest(policy.polroles) AS role ORDER BY 1)::text,
               'using', pg_catalog.pg_get_expr(policy.polqual, policy.polrelid),
               'check', pg_catalog.pg_get_expr(policy.polwithcheck, policy.polrelid))
    FROM pg_catalog.pg_policy AS policy JOIN relation ON relation.oid = policy.polrelid
    UNION ALL
    SELECT 'function', function.oid::pg_catalog.regprocedure::text,
           CASE WHEN function.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(function.oid)
                ELSE (SELECT pg_catalog.concat_ws(' ', aggtransfn, aggfinalfn, aggtranstype::pg_catalog.regtype, agginitval)
                      FROM pg_catalog.pg_aggregate WHERE aggfnoid = function.oid) END
    FROM pg_catalog.pg_proc AS function
    WHERE function.pronamespace IN (SELECT oid FROM made)
      AND ('pg_catalog.pg_proc'::pg_catalog.regclass, function.oid) NOT IN (SELECT classid, objid FROM member)
    UNION ALL
    SELECT 'type', type.oid::pg_catalog.regtype::text, pg_catalog.concat_ws(' ', type.typtype, type.typnotnull,
               type.typdefault, CASE WHEN type.typbasetype <> 0
                                     THEN pg_catalog.format_type(type.typbasetype, type.typtypmod) END,
               ARRAY(SELECT enumlabel::text FROM pg_catalog.pg_enum WHERE enumtypid = type.oid
                     ORDER BY enumsortorder)::text,
               (SELECT pg_catalog.concat_ws(' ', rngsubtype::pg_catalog.regtype, rngcanonical, rngsubdiff)
                FROM pg_catalog.pg_range WHERE rngtypid = type.oid))
    FROM pg_catalog.pg_type AS type
    WHERE type.typnamespace IN (SELECT oid FROM made) AND type.typtype IN ('d', 'e', 'r')
      AND ('pg_catalog.pg_type'::pg_catalog.regclass, type.oid) NOT IN (SELECT classid, objid FROM member)
    UNION ALL
    SELECT 'statistics', pg_catalog.quote_ident(statistic.stxname) || ' of ' || relation.called,
           pg_catalog.pg_get_statisticsobjdef(statistic.oid)
    FROM pg_catalog.pg_statistic_ext AS statistic JOIN relation ON relation.oid = statistic.stxrelid
    UNION ALL
    SELECT 'event trigger', pg_catalog.quote_ident(evtname),
           pg_catalog.concat_ws(' ', evtevent, evtfoid::pg_catalog.regprocedure, evtenabled, evttags::text)
    FROM pg_catalog.pg_event_trigger
    WHERE ('pg_catalog.pg_event_trigger'::pg_catalog.regclass, oid) NOT IN (SELECT classid, objid FROM member)
    UNION ALL
    SELECT 'publication', pg_catalog.quote_ident(publication.pubname),
           pg_catalog.concat_ws(' ', puballtables, pubinsert, pubupdate, pubdelete, pubtruncate,
               ARRAY(SELECT prrelid::pg_catalog.regclass::text FROM pg_catalog.pg_publication_rel
                     WHERE prpubid = publication.oid ORDER BY 1)::text)
    FROM pg_catalog.pg_publication AS publication
    UNION ALL
    SELECT 'extension', pg_catalog.quote_ident(extname), extversion FROM pg_catalog.pg_extension
    UNION ALL
    SELECT 'foreign server', pg_catalog.quote_ident(srvname), pg_catalog.concat_ws(' ', srvtype, srvversion, srvoptions::text)
    FROM pg_catalog.pg_foreign_server
    UNION ALL
    SELECT 'default privileges', pg_catalog.concat_ws(' ', pg_catalog.pg_get_userbyid(defaclrole),
               defaclnamespace::pg_catalog.regnamespace, defaclobjtype),
           ARRAY(SELECT item::text FROM pg_catalog.unnest(defaclacl) AS item ORDER BY 1)::text
    FROM pg_catalog.pg_default_acl
    UNION ALL
    SELECT 'comment', object.type || ' ' || object.identity, description.description
    FROM pg_catalog.pg_description AS description
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(description.classoid, description.objoid, description.objsubid) AS object
    WHERE (description.objoid >= 16384 OR description.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
           AND description.objoid IN (SELECT oid FROM made))
      AND (description.classoid, description.objoid) NOT IN (SELECT classid, objid FROM member)
      AND object.identity !~ '(^| )_privaci(\.|$)'
    UNION ALL
    -- Objects that few databases have, which are told by their existence.
    SELECT object.type, object.identity, ''
    FROM (
        SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass::oid AS classid, oid FROM pg_catalog.pg_operator
        UNION ALL SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, oid FROM pg_catalog.pg_cast
        UNION ALL SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass, oid FROM pg_catalog.pg_collation
        UNION ALL SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass, oid FROM pg_catalog.pg_conversion
        UNION ALL SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, oid FROM pg_catalog.pg_opclass
        UNION ALL SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, oid FROM pg_catalog.pg_opfamily
        UNION ALL SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass, oid FROM pg_catalog.pg_ts_config
        UNION ALL SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, oid FROM pg_catalog.pg_ts_dict
        UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, oid FROM pg_catalog.pg_language
        UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, oid
                  FROM pg_catalog.pg_foreign_data_wrapper
    ) AS rare
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(rare.classid, rare.oid, 0) AS object
    WHERE rare.oid >= 16384 AND (rare.classid, rare.oid) NOT IN (SELECT classid, objid FROM member)
) AS found
ORDER BY 1, 2
