-- Each large object with its owner, and its grants in their order: grantees (NULL is PUBLIC),
-- privileges, and whether they may be passed on. Grants are NULL where they are Postgres's own.
SELECT
    l.oid,
    pg_catalog.pg_get_userbyid(l.lomowner)::text,
    (
        SELECT
            pg_catalog.json_agg(
                pg_catalog.json_build_array(r.rolname, a.privilege_type, a.is_grantable)
                ORDER BY a.place
            )
        FROM pg_catalog.aclexplode(l.lomacl) WITH ORDINALITY
            AS a (grantor, grantee, privilege_type, is_grantable, place)
        LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
    )
FROM pg_catalog.pg_largeobject_metadata AS l
ORDER BY l.oid
