-- Fills the demo company. Every choice is a hash of what it is for, so that the same size gives the same rows.
-- Parameters come as settings: demo.users and the like; words come in the temporary table demo_words.
SET LOCAL session_replication_role = replica;

CREATE FUNCTION pg_temp.roll(seed text, below bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    $$ SELECT ('x' || substr(md5(seed), 1, 15))::bit(60)::bigint % below $$;
CREATE FUNCTION pg_temp.word(words text[], seed text) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT words[1 + pg_temp.roll(seed, array_length(words, 1))] $$;
CREATE FUNCTION pg_temp.words(wanted text) RETURNS text[] LANGUAGE sql STABLE AS
    $$ SELECT array_agg(word ORDER BY word) FROM pg_temp.demo_words WHERE kind = wanted $$;
CREATE FUNCTION pg_temp.size(name text) RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT current_setting('demo.' || name)::bigint $$;

INSERT INTO public.organization (id, name, slug, plan, billing_email, tax_number, settings, created_at)
SELECT i, pg_temp.word(w.city, 'org' || i) || ' ' || pg_temp.word(ARRAY['Health', 'Clinics', 'Medical Group', 'Care'], 'kind' || i),
       'org-' || i, (ARRAY['trial', 'basic', 'pro', 'enterprise'])[1 + i % 4]::public.plan,
       'billing' || i || '@org' || i || '.example', 'XX' || lpad(i::text, 9, '0'),
       jsonb_build_object('theme', 'light', 'contact', jsonb_build_object(
           'name', pg_temp.word(w.given, 'oc' || i) || ' ' || pg_temp.word(w.family, 'of' || i),
           'email', 'contact' || i || '@org' || i || '.example'), 'limits', jsonb_build_array(i, i * 10)),
       timestamptz '2024-01-01 00:00+00' + i * interval '7 hours'
FROM generate_series(1, pg_temp.size('organizations')) AS i,
     (SELECT pg_temp.words('city') AS city, pg_temp.words('given') AS given, pg_temp.words('family') AS family) AS w;

INSERT INTO public.app_user (id, organization_id, manager_id, full_name, email, phone, password_hash, status, roles,
                             aliases, last_login_ip, is_owner, created_at)
OVERRIDING SYSTEM VALUE
SELECT i, 1 + (i - 1) % pg_temp.size('organizations'),
       CASE WHEN i > pg_temp.size('organizations') THEN 1 + (i - 1) % pg_temp.size('organizations') END,
       given || ' ' || family, lower(given || '.' || family) || i || '@org' || 1 + (i - 1) % pg_temp.size('organizations') || '.example',
       CASE WHEN i % 17 <> 0 THEN '+1555' || lpad((i % 10000000)::text, 7, '0') END, md5('password' || i),
       (ARRAY['invited', 'active', 'active', 'locked', 'left'])[1 + i % 5]::public.user_status,
       CASE WHEN i % 3 = 0 THEN '{agent,admin}'::text[] ELSE '{agent}' END,
       CASE WHEN i % 4 = 0 THEN ARRAY[given, left(given, 1) || '. ' || family] END,
       ('10.' || i / 65536 % 256 || '.' || i / 256 % 256 || '.' || i % 256)::inet, i <= pg_temp.size('organizations'),
       timestamptz '2024-02-01 00:00+00' + i * interval '11 minutes'
FROM (SELECT i, pg_temp.word(w.given, 'ug' || i) AS given, pg_temp.word(w.family, 'uf' || i) AS family
      FROM generate_series(1, pg_temp.size('users')) AS i,
           (SELECT pg_temp.words('given') AS given, pg_temp.words('family') AS family) AS w) AS people;
UPDATE public.organization SET owner_id = id;

INSERT INTO public.team SELECT organization.id, team.code, team.name FROM public.organization,
    (VALUES ('front', 'Front desk'), ('billing', 'Billing'), ('it', 'Information technology')) AS team (code, name);
INSERT INTO public.team_member SELECT organization_id, (ARRAY['front', 'billing', 'it'])[1 + id % 3], id, date '2025-01-01' + (id % 300)::int
    FROM public.app_user;

INSERT INTO public.ticket
SELECT md5('ticket' || i)::uuid, 999 + i, requester.organization_id, requester.id, 1 + pg_temp.roll('as' || i, pg_temp.size('users')),
       CASE WHEN i % 10 = 0 THEN md5('ticket' || i - 1)::uuid END,
       (ARRAY['Cannot log in', 'Wrong invoice for', 'Call back', 'Printer at the desk of', 'Appointment of'])[1 + i % 5]
           || ' ' || requester.full_name,
       (ARRAY['new', 'open', 'waiting', 'solved', 'closed'])[1 + i % 5]::public.ticket_status, 1 + i % 5,
       (ARRAY['support.login', 'support.billing.invoice', 'clinic.schedule'])[1 + i % 3]::public.ltree,
       CASE WHEN i % 2 = 0 THEN ARRAY['urgent', 'vip', NULL] END, make_interval(mins => (i % 5000)::int),
       timestamptz '2026-01-01 00:00+00' + (i % 500000) * interval '1 minute'
FROM generate_series(1, pg_temp.size('tickets')) AS i
JOIN public.app_user AS requester ON requester.id = 1 + pg_temp.roll('rq' || i, pg_temp.size('users'));
SELECT setval('public.ticket_number_seq', 999 + pg_temp.size('tickets'));

INSERT INTO public.ticket_message
SELECT i, ticket.id, author.email,
       (ARRAY['Hello, this is %1$s. Please call me at %2$s about the login problem.',
              'Dear team, %1$s here. My e-mail is %3$s, the old one does not work.' || chr(10) || 'Thanks, %1$s',
              'The account of %1$s was locked again.' || chr(9) || 'Reach us at %2$s.',
              'Nothing new on this one, closing.'])[1 + i % 4],
       timestamptz '2026-01-01 00:00+00' + pg_temp.roll('at' || i, 31000000) * interval '1 second'
FROM generate_series(1, pg_temp.size('messages')) AS i
JOIN public.ticket ON ticket.id = md5('ticket' || 1 + pg_temp.roll('mt' || i, pg_temp.size('tickets')))::uuid
JOIN public.app_user AS author ON author.id = ticket.requester_id;
UPDATE public.ticket_message AS message
SET body = format(message.body, author.full_name, coalesce(author.phone, '+15550000000'), author.email)
FROM public.app_user AS author WHERE lower(author.email::text) = message.author_email;

INSERT INTO public.product
SELECT 'P' || lpad(i::text, 5, '0'), 'Plan ' || pg_temp.word(ARRAY['Aster', 'Birch', 'Cedar', 'Dahlia'], 'p' || i) || ' ' || i,
       'A package of ' || i || ' seats', i * 19.90
FROM generate_series(1, 20) AS i;
INSERT INTO public.invoice
SELECT i, 'INV-' || lpad(i::text, 8, '0'), owner.organization_id, owner.full_name, i % 900 || ' Harbor Road, ' || pg_temp.word(w.city, 'ic' || i),
       'DE' || lpad((i % 90 + 10)::text, 2, '0') || '99999999' || lpad(i::text, 10, '0'), date '2025-01-01' + (i % 365)::int,
       daterange(date '2025-01-01' + (i % 365)::int, date '2025-02-01' + (i % 365)::int), (i % 5000) * 1.19
FROM generate_series(1, pg_temp.size('invoices')) AS i
JOIN public.app_user AS owner ON owner.id = 1 + (i - 1) % pg_temp.size('users'),
     (SELECT pg_temp.words('city') AS city) AS w;
INSERT INTO public.invoice_line
SELECT number, position, 'P' || lpad((1 + (id + position) % 20)::text, 5, '0'), 1 + id % 9, round(total / 2, 2)
FROM public.invoice, generate_series(1, 2) AS position;
INSERT INTO public.maintenance_window (during, reason)
SELECT tstzrange(day, day + interval '2 hours'), 'monthly' FROM generate_series(timestamptz '2026-01-01 02:00+00', '2026-12-01 02:00+00', '1 month') AS day;
INSERT INTO public.import_log SELECT timestamptz '2026-03-01 00:00+00' + i * interval '1 second', 'row ' || i || E': ok\tpath C:\\data\\in' FROM generate_series(1, pg_temp.size('organizations') * 10) AS i;

INSERT INTO clinical.clinic
SELECT i, 1 + (i - 1) % pg_temp.size('organizations'), pg_temp.word(w.city, 'cc' || i) || ' Clinic ' || i, i || ' Station Street',
       pg_temp.word(w.city, 'cc' || i), lpad((i * 37 % 100000)::text, 5, '0'), point(i % 90, i % 180)
FROM generate_series(1, pg_temp.size('organizations') * 2) AS i, (SELECT pg_temp.words('city') AS city) AS w;
INSERT INTO clinical.patient (id, clinic_id, first_name, last_name, date_of_birth, medical_record_number, ssn, email, phone,
                              street, city, postcode, insurance, emergency_contact, created_at)
SELECT i, 1 + (i - 1) % (pg_temp.size('organizations') * 2), given, family, date '1930-01-01' + pg_temp.roll('db' || i, 32000)::int,
       'MRN-' || lpad(i::text, 7, '0'), '900-' || lpad((i % 100)::text, 2, '0') || '-' || lpad((i % 10000)::text, 4, '0'),
       CASE WHEN i % 5 <> 0 THEN lower(given || '_' || family) || i || '@mail.example' WHEN i % 2 = 0 THEN '' END,
       '+1555' || lpad((5000000 + i % 5000000)::text, 7, '0'), i % 999 || ' ' || pg_temp.word(w.families, 'st' || i) || ' Lane',
       pg_temp.word(w.cities, 'pc' || i), lpad((i * 13 % 100000)::text, 5, '0'),
       CASE WHEN i % 3 <> 0 THEN jsonb_build_object('policy', 'PX' || i, 'holder', jsonb_build_object('name', given || ' ' || family,
           'phones', jsonb_build_array('+1555' || lpad((5000000 + i % 5000000)::text, 7, '0'))), 'copay', i % 50) END,
       CASE WHEN i % 4 = 0 THEN ROW(pg_temp.word(w.givens, 'eg' || i) || ' ' || family, '+15559' || lpad((i % 1000000)::text, 6, '0'), 'sibling')::clinical.contact END,
       timestamp '2020-01-01' + i * interval '13 minutes'
FROM (SELECT i, pg_temp.word(w.given, 'pg' || i) AS given, pg_temp.word(w.family, 'pf' || i) AS family
      FROM generate_series(1, pg_temp.size('patients')) AS i,
           (SELECT pg_temp.words('given') AS given, pg_temp.words('family') AS family) AS w) AS people,
     (SELECT pg_temp.words('city') AS cities, pg_temp.words('given') AS givens, pg_temp.words('family') AS families) AS w;
INSERT INTO clinical.practitioner
SELECT id, id, 1 + (id - 1) % (pg_temp.size('organizations') * 2), 'LIC-' || lpad(id::text, 7, '0'), (ARRAY['Cardiology', 'Dermatology', 'Pediatrics'])[1 + id % 3]
FROM public.app_user WHERE id <= pg_temp.size('users') / 2;
INSERT INTO clinical.diagnosis SELECT 'D' || lpad(i::text, 3, '0'), 'Condition of type ' || i FROM generate_series(1, 200) AS i;
INSERT INTO clinical.visit
SELECT i, patient.id, 1 + pg_temp.roll('vp' || i, pg_temp.size('users') / 2), timestamptz '2026-01-01 08:00+00' + (i % 300000) * interval '1 minute',
       CASE WHEN i % 7 <> 0 THEN ARRAY[36.5 + i % 3, 120, NULL, 80.5] END,
       format((ARRAY['%1$s (born %2$s, record %3$s) came in with a cough. Follow-up by phone at %4$s.',
                     'Saw %1$s today. %5$s''s blood pressure is normal. See %3$s for the earlier findings.',
                     'Mrs. %6$s called on %7$s and asked for a copy of record %3$s.',
                     'No complaints. Next check in six months.'])[1 + i % 4],
              patient.full_name, patient.date_of_birth, patient.medical_record_number, patient.phone, patient.first_name,
              patient.last_name, to_char(timestamptz '2026-01-01 08:00+00' + (i % 300000) * interval '1 minute', 'DD Mon YYYY'))
FROM generate_series(1, pg_temp.size('visits')) AS i
JOIN clinical.patient ON patient.id = 1 + pg_temp.roll('pt' || i, pg_temp.size('patients'));
INSERT INTO clinical.visit_diagnosis SELECT id, 'D' || lpad((1 + id % 200)::text, 3, '0') FROM clinical.visit;
INSERT INTO clinical.prescription (patient_id, drug_name, dose, valid)
SELECT id, (ARRAY['Placebol', 'Samplin', 'Testomycin'])[1 + id % 3], id % 500 || ' mg', daterange(date '2026-01-01', date '2026-06-01', '[]')
FROM clinical.patient WHERE id % 2 = 0;

INSERT INTO auth.session
SELECT md5('session' || i)::uuid, 1 + (i - 1) % pg_temp.size('users'), ('10.1.' || i / 256 % 256 || '.' || i % 256)::inet,
       ('08:00:2b:' || lpad(to_hex(i / 65536 % 256), 2, '0') || ':' || lpad(to_hex(i / 256 % 256), 2, '0') || ':' || lpad(to_hex(i % 256), 2, '0'))::macaddr,
       'Mozilla/5.0 (demo ' || i % 50 || ')', timestamptz '2026-06-01 00:00+00' + i * interval '1 minute'
FROM generate_series(1, pg_temp.size('sessions')) AS i;
INSERT INTO auth.login_attempt
SELECT email, ('10.2.' || i / 256 % 256 || '.' || i % 256)::inet, timestamptz '2026-05-01 00:00+00' + i * interval '3 seconds', i % 6 <> 0
FROM generate_series(1, pg_temp.size('sessions')) AS i JOIN public.app_user ON app_user.id = 1 + (i - 1) % pg_temp.size('users');
INSERT INTO auth.api_key SELECT id, email, decode(md5('key' || id), 'hex'), '{read,write}' FROM public.app_user WHERE id % 10 = 0;
INSERT INTO public.attachment (owner_type, owner_id, file_name, content, checksum)
SELECT CASE WHEN i % 2 = 0 THEN 'ticket' ELSE 'patient' END,
       CASE WHEN i % 2 = 0 THEN md5('ticket' || 1 + i % pg_temp.size('tickets')) ELSE (1 + i % pg_temp.size('patients'))::text END,
       'scan_' || i || '.pdf', decode(repeat(md5('file' || i), 1 + i::int % 40), 'hex'), decode(md5('sum' || i), 'hex')
FROM generate_series(1, pg_temp.size('invoices')) AS i;
INSERT INTO audit_internal.change_log (relation, content, at)
SELECT 'clinical.patient'::regclass, to_jsonb(patient), timestamptz '2026-01-01 00:00+00' FROM clinical.patient WHERE id % 50 = 0;

INSERT INTO public.event (id, region, organization_id, user_id, kind, at, client_ip, user_agent, url, payload, trace_id, duration,
                          attribute_01, attribute_02, attribute_03, attribute_04, attribute_08, attribute_12)
SELECT i, (ARRAY['eu', 'us', 'apac'])[1 + i % 3], app_user.organization_id, app_user.id, (ARRAY['view', 'click', 'save'])[1 + i % 3],
       timestamptz '2026-01-01 00:00+00' + i * interval '20 seconds', app_user.last_login_ip, 'Mozilla/5.0 (demo ' || i % 50 || ')',
       'https://app.example/u/' || app_user.id, jsonb_build_object('user', jsonb_build_object('email', app_user.email, 'name', app_user.full_name), 'n', i),
       md5('trace' || i)::uuid, make_interval(secs => i % 100), i, i / 7.0, i % 2 = 0, 'note ' || i % 100, 'label ' || i % 10, NULL
FROM generate_series(1, pg_temp.size('events')) AS i
JOIN public.app_user ON app_user.id = 1 + pg_temp.roll('ev' || i, pg_temp.size('users'));

SELECT setval(pg_get_serial_sequence('public.organization', 'id'), pg_temp.size('organizations')),
       setval(pg_get_serial_sequence('public.app_user', 'id'), pg_temp.size('users')),
       setval(pg_get_serial_sequence('clinical.patient', 'id'), pg_temp.size('patients'));
