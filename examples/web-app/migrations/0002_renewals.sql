-- Until when somebody renews the session, in the place of a row that stayed locked for as long.
ALTER TABLE sessions RENAME COLUMN turn TO renewing_until;
