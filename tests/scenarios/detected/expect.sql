SELECT count(*) = 60 AND count(DISTINCT email) = 60 AND bool_and(code LIKE 'C%') FROM contact;
SELECT count(*) = 60 FROM visit JOIN contact ON contact.email = visit.who;
SELECT bool_and(payload ->> 'note' = 'kept' AND payload #>> '{user,plan}' = 'gold') FROM contact;
SELECT bool_and(mrn ~ '^MRN-[0-9]{7}$') AND count(DISTINCT mrn) = 60 FROM contact;
SELECT bool_and(name LIKE 'Walnut Table%' AND phone = 'yes' AND version LIKE '1.2.%' AND address LIKE 'shelf%') FROM product;
