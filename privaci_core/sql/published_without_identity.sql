-- Those of these tables whose deletions are published, though they have nothing that names a row: Postgres refuses these.
SELECT namespace.nspname::text, class.relname::text, class.relreplident::text
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE class.oid = ANY (%s::text[]::pg_catalog.regclass[]) AND class.relkind = 'r'
  AND (class.relreplident = 'n' OR class.relreplident = 'd' AND NOT EXISTS (
           SELECT FROM pg_catalog.pg_index AS found WHERE found.indrelid = class.oid AND found.indisprimary))
  AND EXISTS (
      SELECT FROM pg_catalog.pg_publication AS publication
      CROSS JOIN LATERAL pg_catalog.pg_get_publication_tables(publication.pubname) AS part
      WHERE (publication.pubdelete OR publication.pubupdate)
        AND (part.relid = class.oid
             OR part.relid IN (SELECT relid FROM pg_catalog.pg_partition_ancestors(class.oid))))
ORDER BY 1, 2
