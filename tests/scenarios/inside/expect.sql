SELECT bool_and(profile ->> 'name' = full_name AND profile ->> 'plan' = 'gold' AND profile ->> 'phone' LIKE '1555%') FROM customer;
SELECT bool_and(extra IS NULL AND kept = '' AND page IS NULL AND lives IS NULL AND homes IS NULL AND words IS NULL) FROM customer;
SELECT bool_and((box).unit = 'cm') FROM customer;
SELECT bool_and(note LIKE 'On Monday ' || full_name || ' asked%' AND made = to_tsvector('simple', note)) FROM customer;
SELECT bool_and(description LIKE 'A table of walnut%' AND words @@ 'walnut' AND extra -> 'size' = id::text) FROM product;
