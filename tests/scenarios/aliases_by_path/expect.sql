SELECT count(*) = 50 FROM orders AS o JOIN users AS u ON u.email = o.customer_email;
SELECT count(*) = 50 FROM orders AS o JOIN users AS u ON u.login = o.email_of_login;
SELECT count(*) = 50 FROM likes AS l JOIN users AS u ON u.email = l.liked_by;
SELECT count(*) = 50 FROM likes AS l JOIN users AS u ON u.badge = l.badge;
SELECT count(*) = 50 FROM likes AS l JOIN users AS u ON u.email = l.payload ->> 'by';
