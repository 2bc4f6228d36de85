-- What the planner remembers of each column: its commonest values and the bounds between the others.
SELECT schemaname::text AS schema, tablename::text AS name, attname::text AS column,
       concat_ws(' | ', most_common_vals::text, histogram_bounds::text, most_common_elems::text) AS text
FROM pg_catalog.pg_stats
WHERE schemaname NOT IN ('pg_catalog', 'information_schema', '_privaci') AND schemaname !~ '^pg_(toast|temp)'
