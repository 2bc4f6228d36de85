-- How values of each type are sent: the function that writes them, and what a range is made of.
SELECT type.oid::bigint AS oid, sent.proname::text AS sent_by, coalesce(range.rngsubtype, 0)::bigint AS inner_type
FROM pg_catalog.pg_type AS type
JOIN pg_catalog.pg_proc AS sent ON sent.oid = type.typsend
LEFT JOIN pg_catalog.pg_range AS range ON range.rngtypid = type.oid
