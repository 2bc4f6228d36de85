-- The audit trail's lines once more, in the columns that the audit log of PrivaCI has.
-- Generated columns take immutable functions alone: to_jsonb and concat are not.
ALTER TABLE _privaci.audit_log
    -- It grows with the place, as a UUID of version 7 does.
    ADD audit_id uuid GENERATED ALWAYS AS ((
        pg_catalog.lpad(pg_catalog.to_hex(place), 12, '0') || '7'
        || pg_catalog.substr(pg_catalog.lpad(pg_catalog.to_hex(pg_catalog.hashtextextended(refresh, 0)), 16, '0'), 1, 3)
        || '8'
        || pg_catalog.substr(pg_catalog.lpad(pg_catalog.to_hex(pg_catalog.hashtextextended(refresh, 1)), 16, '0'), 1, 15)
    )::pg_catalog.uuid) STORED,
    ADD run_id text GENERATED ALWAYS AS (refresh) STORED,
    ADD event_at timestamptz GENERATED ALWAYS AS (at) STORED,
    ADD level text GENERATED ALWAYS AS (CASE
        WHEN event = 'refused' OR said = 'failed: ERROR' THEN 'error'
        WHEN event = 'warning' OR event = 'check' AND said <> 'passed' THEN 'warning'
        ELSE 'info'
    END) STORED,
    ADD event_type text GENERATED ALWAYS AS (CASE
        WHEN event = 'begun' THEN 'run.start'
        WHEN event = 'table loaded' THEN 'table.end'
        WHEN event = 'column masked' THEN 'column.masked'
        WHEN event IN ('published', 'refused') THEN 'run.end'
        WHEN event <> 'warning' THEN event
        WHEN said LIKE 'COLUMN %: looks personal %' THEN 'column.pii_detected'
        WHEN said LIKE 'REFERENCE %' THEN 'implied_fk_warning'
        WHEN said LIKE 'FOREIGN TABLE %' OR said LIKE '%: left out, it %' THEN 'skipped_object'
        ELSE 'warning'
    END) STORED,
    -- Either part of a relation may be in quotes, with dots inside.
    ADD schema_name text GENERATED ALWAYS AS (
        CASE WHEN relation LIKE '"%'
        THEN pg_catalog.replace((pg_catalog.regexp_match(relation, '^"((?:[^"]|"")*)"'))[1], '""', '"')
        ELSE (pg_catalog.regexp_match(relation, '^((?:U&"(?:[^"]|"")*"|[^."]+))[.]'))[1] END
    ) STORED,
    ADD table_name text GENERATED ALWAYS AS (
        CASE WHEN relation LIKE '%"' AND relation !~ 'U&"(?:[^"]|"")*"$'
        THEN pg_catalog.replace((pg_catalog.regexp_match(relation, '[.]"((?:[^"]|"")*)"$'))[1], '""', '"')
        ELSE (pg_catalog.regexp_match(relation, '[.](U&"(?:[^"]|"")*"|[^."]+)$'))[1] END
    ) STORED,
    ADD payload jsonb GENERATED ALWAYS AS (
        pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_object(ARRAY[
            'who', who,
            'action', CASE WHEN event = 'column masked' THEN rule END,
            'reason', nullif(reason, ''),
            'check', CASE WHEN event = 'check' THEN rule END,
            'status', CASE event WHEN 'published' THEN 'succeeded' WHEN 'refused' THEN 'failed' END,
            'message', nullif(said, '')
        ]))
        || coalesce(('{"rows_affected": ' || rows::text || '}')::pg_catalog.jsonb, '{}'::pg_catalog.jsonb)
    ) STORED;
