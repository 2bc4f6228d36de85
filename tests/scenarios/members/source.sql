-- People in members of composites, hstore and XML, masked by their paths and left as they are elsewhere.
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE DOMAIN mailbox AS text CHECK (VALUE LIKE '%@%');
CREATE TYPE place AS (street text, "town, or city" varchar(40));
CREATE TYPE person AS (given text, mail mailbox, born date, home place, size numeric(5,2), tags text[]);
CREATE TABLE customer (id int PRIMARY KEY, who person, people person[], extra hstore, page xml);
INSERT INTO customer
SELECT n, who, ARRAY[who, NULL, who],
    hstore(ARRAY['mail', 'a"b\c', 'plan', 'none', 'gone'],
           ARRAY['secret' || n || '@corp.example', 'Secret "' || n || '\', 'gold', NULL, 'Secretia' || n]),
    format('<?xml version="1.0"?><!-- kept --><p:person xmlns:p="urn:x" mail="secret%s@corp.example" kind=''a &amp; b''><name>Secret'
           ' &amp; <b>Secretia</b></name><note><![CDATA[Secret <%s>]]></note><plan>gold</plan><empty/></p:person>', n, n)::xml
FROM generate_series(1, 40) AS n,
    LATERAL (SELECT ROW('Secret "' || n || '"', 'secret' || n || '@corp.example', date '1980-01-01' + n,
        ROW(n || ' Secret, Road', 'Bonn')::place, n + 0.5, ARRAY['a', 'b,c'])::person AS who) AS made;
INSERT INTO customer VALUES (0, NULL, NULL, NULL, NULL), (41, ROW(NULL, NULL, NULL, NULL, NULL, NULL)::person, '{}', '', '');
