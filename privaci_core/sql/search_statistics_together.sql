-- What the planner remembers of columns together, and of expressions over them (PostgreSQL 14 and later).
SELECT statistics_schemaname::text AS schema, statistics_name::text AS name,
       schemaname::text AS table_schema, tablename::text AS table_name,
       pg_catalog.convert_to(
           most_common_vals::text,
           CASE WHEN pg_catalog.getdatabaseencoding() = 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END) AS text
FROM pg_catalog.pg_stats_ext WHERE most_common_vals IS NOT NULL
UNION ALL
SELECT statistics_schemaname::text, statistics_name::text, schemaname::text, tablename::text,
       pg_catalog.convert_to(
           concat_ws(' | ', most_common_vals::text, histogram_bounds::text, most_common_elems::text),
           CASE WHEN pg_catalog.getdatabaseencoding() = 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END)
FROM pg_catalog.pg_stats_ext_exprs
