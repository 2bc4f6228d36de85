SELECT bool_and(email = left(lower(first_name) || '.' || lower(last_name) || '@example.test', 30)) FROM visit WHERE patient < 3;
SELECT max(arrived) - min(arrived) = 60 AND min(left_at)::date - min(arrived) = 4 FROM visit WHERE patient = 1;
SELECT min(arrived) FILTER (WHERE patient = 1) <> min(arrived) FILTER (WHERE patient = 2) AND min(arrived) FILTER (WHERE patient = 2) <> '2020-01-01' FROM visit;
SELECT first_name IS NULL AND email IS NULL AND arrived IS NULL AND who = 3 FROM visit WHERE patient = 3;
SELECT left_at::time = '10:00' FROM visit WHERE patient = 1 ORDER BY left_at LIMIT 1;
