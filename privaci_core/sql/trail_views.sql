-- The tables in which PrivaCI keeps its state, as views over the audit trail.
-- The unfinished mark comes and goes: a view that read it would keep it from being dropped. A
-- function with a setting is not inlined, so its text is read only where there is a mark.
SET LOCAL check_function_bodies = off;
CREATE OR REPLACE FUNCTION _privaci.unfinished_run() RETURNS jsonb LANGUAGE sql STABLE
SET search_path = pg_catalog AS
'SELECT pg_catalog.jsonb_build_object(''run'', refresh, ''since'', since) FROM _privaci.unfinished';

CREATE OR REPLACE VIEW _privaci.runs AS
WITH told AS (
    SELECT run_id,
           pg_catalog.min(event_at) AS started_at,
           pg_catalog.max(event_at) FILTER (WHERE event IN ('published', 'refused')) AS ended_at,
           pg_catalog.bool_or(event = 'published') AS is_published,
           pg_catalog.max(said) FILTER (WHERE event = 'begun' AND said LIKE '{%')::pg_catalog.jsonb AS facts,
           pg_catalog.count(*) FILTER (WHERE event = 'table loaded') AS tables,
           coalesce(pg_catalog.sum(rows) FILTER (WHERE event = 'table loaded'), 0) AS rows,
           pg_catalog.count(*) FILTER (WHERE level = 'error') AS errors
    FROM _privaci.audit_log WHERE event <> 'restored' GROUP BY run_id
), unfinished AS (
    SELECT CASE WHEN pg_catalog.to_regclass('_privaci.unfinished') IS NOT NULL
           THEN _privaci.unfinished_run() END AS mark
)
SELECT run_id,
       CASE WHEN is_published THEN 'succeeded' WHEN ended_at IS NOT NULL THEN 'failed' ELSE 'interrupted' END AS status,
       started_at, ended_at,
       facts ->> 'engine_version' AS engine_version,
       facts ->> 'config_hash' AS config_hash,
       facts ->> 'salt_fingerprint' AS salt_fingerprint,
       facts ->> 'source_db_hash' AS source_db_hash,
       pg_catalog.jsonb_build_object('fingerprint', facts ->> 'schema_fingerprint') AS source_schema_snapshot,
       pg_catalog.jsonb_build_object('tables_processed', tables, 'rows_processed', rows, 'errors', errors) AS summary
FROM told
UNION ALL
SELECT mark ->> 'run', 'in_progress', (mark ->> 'since')::timestamptz,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM unfinished WHERE mark IS NOT NULL AND NOT EXISTS (SELECT FROM told WHERE run_id = mark ->> 'run');

CREATE OR REPLACE VIEW _privaci.table_checkpoints AS
SELECT run_id, schema_name, table_name, 'done' AS status, NULL::pg_catalog.jsonb AS last_pk_value,
       rows AS rows_processed, event_at AS last_update_at
FROM _privaci.audit_log WHERE event = 'table loaded';

CREATE OR REPLACE VIEW _privaci.schema_metadata AS
SELECT true AS singleton, 1 AS schema_version,
       (SELECT engine_version FROM _privaci.runs WHERE engine_version IS NOT NULL ORDER BY started_at LIMIT 1) AS engine_version,
       (SELECT pg_catalog.min(event_at) FROM _privaci.audit_log) AS created_at;

COMMENT ON VIEW _privaci.runs IS 'The refreshes of this database, in the columns of PrivaCI.';
COMMENT ON VIEW _privaci.table_checkpoints IS 'What each refresh loaded, in the columns of PrivaCI.';
COMMENT ON VIEW _privaci.schema_metadata IS 'The version of the layout, in the columns of PrivaCI.';
