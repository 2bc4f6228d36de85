-- The columns of relations that hold or show rows, with what their types are made of.
WITH RECURSIVE base AS (
    -- A domain stands for the type below it, at any depth; so does the element of an array, and a domain in there.
    SELECT oid AS type, oid AS base, false AS is_array, oid AS scalar, typtype, typbasetype, typelem, typcategory, typlen,
           typtypmod, typnotnull
    FROM pg_catalog.pg_type
    UNION ALL
    SELECT base.type,
           CASE WHEN base.typtype = 'd' AND NOT base.is_array THEN below.oid ELSE base.base END,
           base.is_array OR base.typtype <> 'd', below.oid,
           below.typtype, below.typbasetype, below.typelem, below.typcategory, below.typlen,
           CASE WHEN base.typtypmod >= 0 THEN base.typtypmod ELSE below.typtypmod END,
           base.typnotnull OR NOT base.is_array AND base.typtype = 'd' AND below.typnotnull
    FROM base
    JOIN pg_catalog.pg_type AS below
      ON below.oid = CASE WHEN base.typtype = 'd' THEN base.typbasetype
                          WHEN base.typcategory = 'A' AND base.typlen = -1 THEN base.typelem END
), bottom AS (
    SELECT * FROM base WHERE typtype <> 'd' AND NOT (typcategory = 'A' AND typlen = -1 AND typelem <> 0)
)
SELECT attribute.attrelid::bigint AS relation, attribute.attname::text AS name, attribute.attnum::int AS number,
       pg_catalog.format_type(attribute.atttypid, attribute.atttypmod) AS type,
       base_type.typname::text AS base_type, base_namespace.nspname::text AS base_schema,
       scalar.typname::text AS scalar_type, scalar_namespace.nspname::text AS scalar_schema,
       scalar.typtype::text AS scalar_kind, bottom.is_array AS is_array,
       type.typtype = 'd' AS is_domain,
       CASE WHEN attribute.atttypmod >= 0 THEN attribute.atttypmod ELSE bottom.typtypmod END AS modifier,
       attribute.attnotnull OR bottom.typnotnull AS not_null,
       attribute.atthasdef AS has_default,
       attribute.attidentity::text AS identity, attribute.attgenerated::text AS generated,
       -- Can the value travel in binary to another database? Arrays, ranges and composites carry type numbers,
       -- which differ there for types that a person made; some types have no binary form at all.
       base_type.typsend <> 0 AND base_type.typreceive <> 0
           AND (base_type.oid < 16384 AND base_type.typtype = 'b' AND coalesce(element.oid < 16384, true)
                OR base_type.typtype IN ('e')
                OR base_type.typtype = 'b' AND base_type.typelem = 0 AND base_type.typcategory <> 'A'
                OR base_type.oid < 16384 AND base_type.typtype IN ('r', 'm'))
           AND coalesce(element.typsend <> 0, true)
           -- regclass and its like are object numbers in binary, names in text: only names mean the same elsewhere.
           AND coalesce(element.typname, base_type.typname) !~ '^reg(class|proc|oper|type|role|namespace|config|dict|coll)'
           -- The server writes an empty tsquery in binary, and refuses to read it.
           AND coalesce(element.typname, base_type.typname) <> 'tsquery'
               AS binary,
       pg_catalog.col_description(attribute.attrelid, attribute.attnum) AS comment
FROM pg_catalog.pg_attribute AS attribute
JOIN pg_catalog.pg_class AS class ON class.oid = attribute.attrelid
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
JOIN pg_catalog.pg_type AS type ON type.oid = attribute.atttypid
JOIN bottom ON bottom.type = type.oid
JOIN pg_catalog.pg_type AS base_type ON base_type.oid = bottom.base
JOIN pg_catalog.pg_namespace AS base_namespace ON base_namespace.oid = base_type.typnamespace
JOIN pg_catalog.pg_type AS scalar ON scalar.oid = bottom.scalar
JOIN pg_catalog.pg_namespace AS scalar_namespace ON scalar_namespace.oid = scalar.typnamespace
LEFT JOIN pg_catalog.pg_type AS element ON element.oid = base_type.typelem AND base_type.typcategory = 'A'
WHERE attribute.attnum > 0 AND NOT attribute.attisdropped
  AND class.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', '_privaci')
  AND namespace.nspname !~ '^pg_(toast|temp)'
ORDER BY attribute.attrelid, attribute.attnum
