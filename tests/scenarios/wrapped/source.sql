-- Addresses and numbers inside headers, lists, links and beside ports, in every type that holds text, with no rule at all.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE DOMAIN reachable AS text CHECK (length(VALUE) > 3);
CREATE TABLE person (id int PRIMARY KEY, email text);
INSERT INTO person SELECT n, 'secret' || n || '@corp.example' FROM generate_series(1, 20) AS n;
CREATE TABLE wrapped (
    id int PRIMARY KEY, email text, reply_email varchar(200), work_email citext, list_emails text[], doc jsonb,
    ip_address text, mac_address varchar(40), phone text, home_phone text, phone_number text, fallback_email varchar(36), own_email reachable);
INSERT INTO wrapped
SELECT n,
    replace((ARRAY['Mary Secretia <secret#@corp.example>', 'mailto:secret#@corp.example', 'u=secret#@corp.example;',
                   '/reset?email=secret#%40corp.example', 'secret#@corp.example'])[1 + n % 5], '#', n::text),
    'secret' || n || '@corp.example; secret' || (n + 1) || '@corp.example',
    '"Secretia, Mary" <secret' || n || '@corp.example>',
    ARRAY['<secret' || n || '@corp.example>', 'Mary <secret' || n || '@corp.example>'],
    jsonb_build_object('email', 'mailto:secret' || n || '@corp.example', 'e', 'x@y'),
    '10.9.8.' || n || ':443, 10.9.7.' || n, '0a:5e:c2:e7:00:' || lpad(to_hex(n), 2, '0') || '-eth0',
    '07700 9001' || lpad(n::text, 2, '0'), '(02) 9876 54' || lpad(n::text, 2, '0'), '+886 1234 56' || lpad(n::text, 2, '0'),
    'Mary <secret' || n || '@corp.example>', 'mailto:secret' || n || '@corp.example'
FROM generate_series(1, 20) AS n;
