SELECT bool_and((who).mail LIKE '%@example.%' AND (who).size = id + 0.5 AND (who).tags = ARRAY['a', 'b,c']
    AND (who).born BETWEEN date '1979-12-01' AND date '1980-03-15' AND ((who).home)."town, or city" = 'Bonn') FROM customer WHERE id BETWEEN 1 AND 40;
SELECT bool_and(people[1] = who AND people[2] IS NULL AND people[3] = who) FROM customer WHERE id BETWEEN 1 AND 40;
SELECT bool_and(extra -> 'mail' = (who).mail AND extra -> 'a"b\c' = 'x "y" \' AND extra -> 'plan' = 'gold' AND extra ? 'none' AND extra -> 'none' IS NULL AND NOT extra ? 'gone') FROM customer WHERE id BETWEEN 1 AND 40;
SELECT bool_and((xpath('/p:person/@mail', page, '{{p,urn:x}}'))[1]::text = (who).mail AND (xpath('//note/text()', page))[1]::text = '&lt;none&gt; &amp; "so"'
    AND (xpath('//plan/text()', page))[1]::text = 'gold' AND page::text LIKE '%<!-- kept -->%''a &amp; b''%<b>%</b>%<empty/>%') FROM customer WHERE id BETWEEN 1 AND 40;
SELECT who IS NULL AND people IS NULL AND extra IS NULL AND page IS NULL FROM customer WHERE id = 0;
SELECT who::text = '(,,,,,)' AND people = '{}' AND extra = '' AND page::text = '' FROM customer WHERE id = 41;
