-- What is needed to fill columns: their type below domains as SQL writes it, their default, their identity's sequence.
WITH RECURSIVE base AS (
    SELECT oid AS type, oid AS base, typtype, typbasetype, typtypmod,
           pg_catalog.pg_get_expr(typdefaultbin, 0) AS default_
    FROM pg_catalog.pg_type
    UNION ALL
    SELECT base.type, below.oid, below.typtype, below.typbasetype,
           CASE WHEN base.typtypmod >= 0 THEN base.typtypmod ELSE below.typtypmod END,
           coalesce(base.default_, pg_catalog.pg_get_expr(below.typdefaultbin, 0))
    FROM base JOIN pg_catalog.pg_type AS below ON below.oid = base.typbasetype
    WHERE base.typtype = 'd'
)
SELECT attribute.attrelid::bigint AS relation, attribute.attname::text AS name,
       pg_catalog.format_type(base.base, CASE WHEN attribute.atttypmod >= 0 THEN attribute.atttypmod ELSE base.typtypmod END)
           AS cast_type,
       coalesce(pg_catalog.pg_get_expr(attrdef.adbin, attrdef.adrelid), base.default_) AS expression,
       CASE WHEN attribute.attidentity <> '' THEN pg_catalog.pg_get_serial_sequence(
           pg_catalog.format('%I.%I', namespace.nspname, class.relname), attribute.attname) END AS sequence,
       pg_catalog.format_type(range.rngsubtype, NULL) AS subtype, subtype.typname::text AS subtype_name,
       base.typtype::text AS kind
FROM pg_catalog.pg_attribute AS attribute
JOIN pg_catalog.pg_class AS class ON class.oid = attribute.attrelid
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
JOIN base ON base.type = attribute.atttypid AND base.typtype <> 'd'
LEFT JOIN pg_catalog.pg_attrdef AS attrdef ON attrdef.adrelid = attribute.attrelid AND attrdef.adnum = attribute.attnum
LEFT JOIN pg_catalog.pg_range AS range ON base.base IN (range.rngtypid, range.rngmultitypid)
LEFT JOIN pg_catalog.pg_type AS subtype ON subtype.oid = range.rngsubtype
WHERE attribute.attnum > 0 AND NOT attribute.attisdropped AND class.relkind IN ('r', 'p')
  AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', '_privaci')
  AND namespace.nspname !~ '^pg_(toast|temp)'
ORDER BY attribute.attrelid, attribute.attnum
