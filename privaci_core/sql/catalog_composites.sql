-- The members of every composite type that a column can have, in their order, with the types below their domains, and of arrays those of their elements.
WITH RECURSIVE base AS (
    SELECT oid AS type, oid AS base, typtype, typbasetype, typtypmod
    FROM pg_catalog.pg_type
    UNION ALL
    SELECT base.type, below.oid, below.typtype, below.typbasetype,
           CASE WHEN base.typtypmod >= 0 THEN base.typtypmod ELSE below.typtypmod END
    FROM base
    JOIN pg_catalog.pg_type AS below ON below.oid = base.typbasetype
    WHERE base.typtype = 'd'
), used AS (
    SELECT DISTINCT atttypid AS type FROM pg_catalog.pg_attribute
), composite AS (
    SELECT class.oid, class.reltype
    FROM pg_catalog.pg_class AS class
    JOIN pg_catalog.pg_type AS type ON type.oid = class.reltype
    WHERE class.relkind = 'c'
       -- The rows of a table are a type too.
       OR class.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND (type.oid IN (SELECT used.type FROM used) OR type.typarray IN (SELECT used.type FROM used))
)
SELECT namespace.nspname::text AS schema, type.typname::text AS name, attribute.attname::text AS member,
       below_namespace.nspname::text AS member_schema, below.typname::text AS member_type,
       coalesce(nullif(attribute.atttypmod, -1), nullif(base.typtypmod, -1), of_element.modifier, -1) AS modifier,
       of_element.schema AS element_schema, of_element.type AS element_type
FROM composite
JOIN pg_catalog.pg_type AS type ON type.oid = composite.reltype
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = type.typnamespace
JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = composite.oid
JOIN base ON base.type = attribute.atttypid AND base.typtype <> 'd'
JOIN pg_catalog.pg_type AS below ON below.oid = base.base
JOIN pg_catalog.pg_namespace AS below_namespace ON below_namespace.oid = below.typnamespace
LEFT JOIN LATERAL (
    SELECT element_namespace.nspname::text AS schema, element.typname::text AS type, of.typtypmod AS modifier
    FROM base AS of
    JOIN pg_catalog.pg_type AS element ON element.oid = of.base
    JOIN pg_catalog.pg_namespace AS element_namespace ON element_namespace.oid = element.typnamespace
    WHERE of.type = below.typelem AND of.typtype <> 'd' AND below.typcategory = 'A'
) AS of_element ON true
WHERE attribute.attnum > 0 AND NOT attribute.attisdropped
  AND namespace.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY composite.oid, attribute.attnum
