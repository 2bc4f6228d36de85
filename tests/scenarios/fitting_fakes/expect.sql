SELECT count(*) = 2000 FROM person;
SELECT bool_and(phone ~ '^[1-9]\d\d-\d{3}-\d{4}$') FROM person;
SELECT bool_and(ssn ~ '^\d{3}-\d\d-\d{4}$') FROM person;
SELECT bool_and(tax ~ '^000-\d\d-\d{4}$') FROM person;
SELECT bool_and(card ~ '^[01789]\d{3} \d{4} \d{4} \d{4}$') FROM person;
SELECT bool_and(mobile BETWEEN 1000000000 AND 9999999999) FROM person;
SELECT bool_and(name ~ '^[^0-9]+ \d+(st|nd|rd|th)$') FROM person;
SELECT bool_and(born BETWEEN date '1974-01-01' AND date '1980-02-22') FROM person;
SELECT bool_and(abs(latitude - (52 + id / 1000.0)) BETWEEN 0.001 AND 0.01) FROM person;
SELECT bool_and(abs(longitude - (13 + id / 1000.0)) BETWEEN 0.001 AND 0.01) FROM person;
SELECT bool_and((home <-> point(13 + id / 1000.0, 52 + id / 1000.0)) BETWEEN 0.02 AND 0.05) FROM person;
-- One row is one person, and an address is the same in every table.
SELECT count(*) = 300 FROM account WHERE email LIKE lower(first_name) || '.%@example.test' AND username LIKE lower(first_name) || '_%'
    AND full_name = last_name || ', ' || first_name AND display_name = first_name || ' ' || last_name;
SELECT count(DISTINCT first_name) > 50 AND count(DISTINCT username) = 300 FROM account WHERE id <= 300;
SELECT count(*) = 300 FROM account JOIN login_log USING (id, email);
SELECT count(*) = 1 FROM account WHERE id = 301 AND first_name <> 'Zofiana' AND email IS NULL;
SELECT count(*) = 50 FROM staff WHERE rtrim(mail) LIKE lower(split_part(called, ' ', 1)) || '.%@example.test';
