-- Written so that SQLite and PostgreSQL both understand it. Times are seconds since the epoch.

-- A login that the browser was sent to the authorization server for.
CREATE TABLE logins (
    state_hash TEXT PRIMARY KEY,
    browser_hash TEXT NOT NULL,
    sealed TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Somebody who is logged in, by the hash of what their cookie holds.
CREATE TABLE sessions (
    id_hash TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    claims TEXT NOT NULL,
    sealed_id_token TEXT NOT NULL,
    sealed_access_token TEXT NOT NULL,
    renew_at BIGINT NOT NULL,
    refresh_token_hash TEXT,
    turn BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_of_subject ON sessions (subject);

-- Refresh tokens, by their hash. Of one that was used or revoked, the hash alone is left.
CREATE TABLE refresh_tokens (
    token_hash TEXT PRIMARY KEY,
    session_hash TEXT NOT NULL,
    subject TEXT NOT NULL,
    client_id TEXT NOT NULL,
    sealed TEXT,
    issued_at BIGINT NOT NULL,
    ended_at BIGINT
);

CREATE INDEX refresh_tokens_of_subject ON refresh_tokens (subject, client_id);
