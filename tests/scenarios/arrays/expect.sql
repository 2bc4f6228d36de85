SELECT cardinality(emails) = 4 AND emails[1] LIKE '%@example.test' AND emails[2] IS NULL AND emails[3] = '' AND emails[4] LIKE '%@example.test' FROM person WHERE id = 1;
SELECT (SELECT emails[1] FROM person WHERE id = 1) = (SELECT emails[1] FROM person WHERE id = 3);
SELECT array_dims(lucky) = '[0:1]' AND lucky[0] <> 5 FROM person WHERE id = 2;
SELECT (SELECT lucky[2] FROM person WHERE id = 1) = (SELECT lucky[1] FROM person WHERE id = 3);
SELECT array_dims(grid) = '[1:2][1:2]' AND grid[2][2] IS NULL AND grid[2][1] LIKE '%@example.test' AND seen[2] = 'infinity' AND seen[1] <> '2020-01-01' FROM person WHERE id = 1;
SELECT emails = '{}' AND seen = '{}' AND phones IS NULL FROM person WHERE id = 2;
SELECT count(tagged) = 0 FROM person;
