SELECT bool_and(kind = 'nobody''s word') FROM forgot;
