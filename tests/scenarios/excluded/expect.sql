SELECT to_regclass('audit.trail') IS NULL AND to_regclass('audit.recent') IS NULL AND to_regclass('audit.by_month_1') IS NULL AND to_regclass('public.click') IS NULL;
SELECT count(*) = 0 FROM session;
SELECT count(*) = 1 AND min(body) = 'new' FROM kept;
SELECT to_regclass('public.session_pkey') IS NOT NULL;
