-- What the planner remembers of each column: its commonest values and the bounds between the others.
SELECT schemaname::text AS schema, tablename::text AS name, attname::text AS column,
       -- As bytes: a database without an encoding may hold some that are no UTF-8.
       pg_catalog.convert_to(
           concat_ws(' | ', most_common_vals::text, histogram_bounds::text, most_common_elems::text),
           CASE WHEN pg_catalog.getdatabaseencoding() = 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END) AS text
FROM pg_catalog.pg_stats
WHERE schemaname NOT IN ('pg_catalog', 'information_schema', '_privaci') AND schemaname !~ '^pg_(toast|temp)'
