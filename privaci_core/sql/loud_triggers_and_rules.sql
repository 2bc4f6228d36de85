-- Triggers and rules of these tables that fire in a session whose role is replica.
SELECT 'TRIGGER', fires.tgname::text, namespace.nspname::text, class.relname::text, fires.tgenabled::text
FROM pg_catalog.pg_trigger AS fires
JOIN pg_catalog.pg_class AS class ON class.oid = fires.tgrelid
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE class.oid = ANY (%s::text[]::pg_catalog.regclass[]) AND NOT fires.tgisinternal AND fires.tgenabled IN ('A', 'R')
UNION ALL
SELECT 'RULE', rule.rulename::text, namespace.nspname::text, class.relname::text, rule.ev_enabled::text
FROM pg_catalog.pg_rewrite AS rule
JOIN pg_catalog.pg_class AS class ON class.oid = rule.ev_class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE class.oid = ANY (%s::text[]::pg_catalog.regclass[]) AND rule.ev_enabled IN ('A', 'R')
