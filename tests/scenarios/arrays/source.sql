CREATE TABLE person (id int, emails text[], phones varchar(20)[], lucky int[], grid text[][], seen date[], tagged text[]);
INSERT INTO person VALUES (1, ARRAY['ann@org.example', NULL, '', 'bo,"b"@org.example'], '{+15550100001}', '{1,2,NULL}', '{{one@org.example,two@org.example},{three@org.example,NULL}}', '{2020-01-01,infinity}', '{kept}'),
    (2, '{}', NULL, '[0:1]={5,6}', NULL, '{}', NULL), (3, '{ann@org.example}', '{}', '{2}', NULL, NULL, '{}');
