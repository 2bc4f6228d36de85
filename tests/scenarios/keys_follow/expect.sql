SELECT count(*) = 51 FROM login AS l JOIN account AS a ON a.id = l.account_id AND a.email = l.email AND a.code = l.code AND a.last_login = l.id;
SELECT count(*) = 50 FROM account AS a JOIN account AS b ON b.id = a.boss;
SELECT count(*) = 51 FROM invoice AS i JOIN account AS a ON a.email = i.paid_by;
SELECT count(*) = 17 FROM comment AS c JOIN account AS a ON a.id = c.on_id WHERE on_type = 'account';
SELECT count(*) = 17 FROM comment AS c JOIN login AS l ON l.id = c.on_id WHERE on_type = 'login';
SELECT bool_and(on_id = id) FROM comment WHERE on_type = 'other';
SELECT bool_and(id NOT BETWEEN 0 AND 151) FROM account;
