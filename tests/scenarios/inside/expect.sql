SELECT bool_and(profile ->> 'name' = full_name AND profile ->> 'plan' = 'gold' AND profile ->> 'phone' LIKE '1555%') FROM customer;
SELECT bool_and(extra -> 'mail' = (lives).mail AND kept = extra AND page::text = '<person><mail>' || (lives).mail || '</mail></person>' AND words IS NULL) FROM customer;
SELECT bool_and((lives).mail LIKE '%@example.%' AND (lives).city <> 'Bonn' AND (lives).since = '2020-02-02' AND homes = ARRAY[lives]) FROM customer;
SELECT bool_and(stored::json -> 'customer' ->> 'name' = full_name AND stored::json -> 'customer' ->> 'plan' = repeat('gold ', 100)
    AND stored::json -> 'log' ->> 0 LIKE 'On Monday ' || (lives).mail || ' asked%window' AND stored::json -> 'log' ->> 1 = 'ok') FROM customer;
SELECT bool_and(upper(birth) - lower(birth) = 4 AND lower(birth) <> date '1950-01-01' + id) FROM customer;
SELECT bool_and((box).unit = 'cm') FROM customer;
SELECT bool_and(note LIKE 'On Monday ' || full_name || ' asked%' AND made = to_tsvector('simple', note)) FROM customer;
SELECT bool_and(description LIKE 'A table of walnut%' AND words @@ 'walnut' AND extra -> 'size' = id::text) FROM product;
SELECT bool_and((kin).mails = ARRAY[(lives).mail, NULL]::varchar[] AND (kin).homes = homes AND (kin).sizes = ARRAY[1, 2]) FROM customer;
