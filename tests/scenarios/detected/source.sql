-- Nobody listed anything: what surely holds something about people is masked, by names and by contents; things are not.
CREATE TABLE contact (
    id int PRIMARY KEY, email varchar(60) NOT NULL UNIQUE, c1 text, c2 text, c3 text, name text, born_on date,
    payload jsonb, tags text[], pin text, code char(6) UNIQUE, mrn varchar(12) UNIQUE CHECK (mrn ~ '^MRN-[0-9]{7}$'));
CREATE TABLE visit (id int PRIMARY KEY, who varchar(60) REFERENCES contact (email), client inet);
CREATE TABLE product (id int PRIMARY KEY, name text, phone text, version text, serial uuid, address text);
INSERT INTO contact
SELECT n, 'secret' || n || '@corp.example', 'Secret' || n || '@corp.example', '+4930' || 9000000 + n, '123-45-' || 6000 + n,
       'Secretia Smith', date '1970-01-01' + n * 20,
       jsonb_build_object('user', jsonb_build_object('name', 'Secreto Miller', 'plan', 'gold'), 'note', 'kept', 'e', 'secret' || n || '@corp.example'),
       ARRAY['secret' || n || '@corp.example'], '1234', 'C' || lpad(n::text, 5, '0'), 'MRN-' || lpad((7654300 + n)::text, 7, '0')
FROM generate_series(1, 60) AS n;
INSERT INTO visit SELECT n, 'secret' || n || '@corp.example', '10.9.8.7' FROM generate_series(1, 60) AS n;
INSERT INTO product SELECT n, 'Walnut Table ' || n, 'yes', '1.2.' || n, gen_random_uuid(), 'shelf ' || n FROM generate_series(1, 60) AS n;
