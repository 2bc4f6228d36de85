SELECT count(*) = 700 AND count(*) FILTER (WHERE who LIKE 'secret%') = 0 FROM event;
SELECT count(*) > 0 AND bool_and(region = 'eu') FROM event_eu_20;
SELECT count(*) = 500 AND bool_or(day >= '1980-01-01') FROM born;
SELECT bool_and(day < '1980-01-01') FROM born_old;
SELECT bool_and(day >= '1980-01-01') FROM born_new;
SELECT count(*) = 2 AND bool_and(name = 'gone') FROM parent_of;
SELECT count(*) = 1 AND bool_and(more = 'kept') FROM ONLY child_of;
