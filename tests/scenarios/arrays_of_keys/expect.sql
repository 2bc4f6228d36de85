SELECT count(*) = 100 FROM team, unnest(member_ids) AS member WHERE member IN (SELECT id FROM users);
SELECT count(*) = 50 FROM team AS t JOIN users AS u ON u.email = t.emails[1];
SELECT count(*) = 50 FROM team WHERE member_ids[3] IS NULL AND cardinality(member_ids) = 3;
SELECT count(*) = 25 FROM comment AS c JOIN users AS u ON u.id = c.on_id WHERE on_type <> 'Other';
SELECT bool_and(on_id = id) FROM comment WHERE on_type = 'Other';
