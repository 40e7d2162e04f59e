//! Who is logged in, by the hash of what their cookie holds.

use anyhow::{Context as _, Result};
use portcullis::Secret;
use portcullis::protocol::json::{self, Object};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AnyPool, Row as _};

use crate::random::{self, hash};
use crate::refresh_tokens::{Owner, RefreshTokens};
use crate::seal::Sealer;

/// How long a session lives, in seconds: two weeks.
pub const LIFETIME: i64 = 14 * 86_400;

/// What the authorization server gave.
pub struct Tokens {
    /// The claims of the ID token.
    pub claims: Object,
    /// The ID token, by which the server knows what to log out of.
    pub id_token: Secret,
    /// For the API.
    pub access_token: Secret,
    /// When it is to be renewed, in seconds since the epoch.
    pub renew_at: i64,
    /// By which it is renewed, if there is one.
    pub refresh_token: Option<Secret>,
}

/// What a refresh gave.
#[derive(Clone, Copy)]
pub struct Renewed<'a> {
    /// A new access token, and when that is to be renewed, in seconds since the epoch.
    pub access_token: Option<(&'a Secret, i64)>,
    /// The hash of the refresh token that the session goes on by.
    pub refresh_token_hash: &'a str,
}

/// Somebody who is logged in.
pub struct Session {
    /// The hash of the session's identifier.
    pub id_hash: String,
    /// The user, as the authorization server calls them.
    pub subject: String,
    /// The claims of the ID token.
    pub claims: Object,
    /// The hash of its refresh token, if it has one.
    pub refresh_token_hash: Option<String>,
    /// Until when somebody renews it, in seconds since the epoch.
    renewing_until: i64,
    renew_at: i64,
    sealed_access_token: String,
    sealed_id_token: String,
}

impl Session {
    /// Whether somebody renews its access token.
    pub fn is_being_renewed(&self, now: i64) -> bool {
        self.renewing_until > now
    }
}

/// The table of sessions.
#[derive(Clone, Debug)]
pub struct Sessions {
    pool: AnyPool,
    sealer: Sealer,
    refresh_tokens: RefreshTokens,
}

impl Sessions {
    /// In this database.
    pub fn new(pool: AnyPool, sealer: Sealer, refresh_tokens: RefreshTokens) -> Self {
        Self { pool, sealer, refresh_tokens }
    }

    /// Begins a session, and gives its identifier, which nobody could have known before.
    pub async fn begin(&self, tokens: &Tokens, client_id: &str, now: i64) -> Result<Secret> {
        let id = random::secret()?;
        let id_hash = hash(id.expose());
        let subject = tokens.claims.string("sub").context("an ID token without sub")?;
        let owner = Owner { session_hash: &id_hash, subject, client_id };
        let mut transaction = self.pool.begin().await?;
        let refresh_token_hash = match &tokens.refresh_token {
            Some(token) => {
                Some(self.refresh_tokens.keep(&mut transaction, token, owner, now).await?)
            }
            None => None,
        };
        sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("INSERT INTO sessions VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)")
            .bind(&id_hash)
            .bind(subject)
            .bind(tokens.claims.to_text())
            .bind(self.sealer.seal(&id_token_place(&id_hash), &tokens.id_token)?)
            .bind(self.sealer.seal(&access_token_place(&id_hash), &tokens.access_token)?)
            .bind(tokens.renew_at)
            .bind(refresh_token_hash)
            .bind(now + LIFETIME)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// The session of this identifier.
    pub async fn find(&self, id: &str, now: i64) -> Result<Option<Session>> {
        self.find_hashed(&hash(id), now).await
    }

    /// The session of this hash of an identifier.
    pub async fn find_hashed(&self, id_hash: &str, now: i64) -> Result<Option<Session>> {
        let query = "SELECT * FROM sessions WHERE id_hash = $1 AND expires_at > $2";
        let query = sqlx::query(query).bind(id_hash).bind(now);
        query.fetch_optional(&self.pool).await?.as_ref().map(read).transpose()
    }

    /// The session as it is now, for the one who is to renew its access token; `None` where there is
    /// nothing to renew, or somebody else does it. Nobody else gets it before that time, in seconds since
    /// the epoch, unless it is renewed or given back sooner.
    pub async fn claim(&self, id_hash: &str, now: i64, until: i64) -> Result<Option<Session>> {
        let query = sqlx::query(
            "UPDATE sessions SET renewing_until = $1
             WHERE id_hash = $2 AND renewing_until <= $3 AND renew_at <= $3 RETURNING *",
        );
        let query = query.bind(until).bind(id_hash).bind(now);
        query.fetch_optional(&self.pool).await?.as_ref().map(read).transpose()
    }

    /// Gives a session back as it was, for somebody else to renew.
    pub async fn give_back(&self, session: &Session) -> Result<()> {
        sqlx::query(
            "UPDATE sessions SET renewing_until = 0 WHERE id_hash = $1 AND renewing_until = $2",
        )
        .bind(&session.id_hash)
        .bind(session.renewing_until)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Puts what a refresh gave in the place of what the session had, as part of a transaction, and gives
    /// it back; whether the session still goes on by the refresh token that was sent.
    pub async fn renew(
        &self,
        transaction: &mut AnyConnection,
        session: &Session,
        renewed: Renewed<'_>,
    ) -> Result<bool> {
        let sealed = renewed
            .access_token
            .map(|(token, _)| self.sealer.seal(&access_token_place(&session.id_hash), token));
        let updated = sqlx::query(
            "UPDATE sessions SET renewing_until = 0, sealed_access_token = $1, renew_at = $2,
                                 refresh_token_hash = $3
             WHERE id_hash = $4 AND refresh_token_hash = $5",
        )
        .bind(sealed.transpose()?.unwrap_or_else(|| session.sealed_access_token.clone()))
        .bind(renewed.access_token.map_or(session.renew_at, |(_, renew_at)| renew_at))
        .bind(renewed.refresh_token_hash)
        .bind(&session.id_hash)
        .bind(&session.refresh_token_hash)
        .execute(transaction)
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// Ends a session.
    pub async fn end(&self, id_hash: &str) -> Result<()> {
        let query = sqlx::query("DELETE FROM sessions WHERE id_hash = $1").bind(id_hash);
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// Its access token, unless that is to be renewed.
    pub fn access_token(&self, session: &Session, now: i64) -> Result<Option<Secret>> {
        if now >= session.renew_at {
            return Ok(None);
        }
        let place = access_token_place(&session.id_hash);
        self.sealer.open(&place, &session.sealed_access_token).map(Some)
    }

    /// Its ID token.
    pub fn id_token(&self, session: &Session) -> Result<Secret> {
        self.sealer.open(&id_token_place(&session.id_hash), &session.sealed_id_token)
    }
}

fn read(row: &AnyRow) -> Result<Session> {
    let claims: &str = row.try_get("claims")?;
    Ok(Session {
        id_hash: row.try_get("id_hash")?,
        subject: row.try_get("subject")?,
        claims: json::object(claims).context("a session without claims")?,
        refresh_token_hash: row.try_get("refresh_token_hash")?,
        renewing_until: row.try_get("renewing_until")?,
        renew_at: row.try_get("renew_at")?,
        sealed_access_token: row.try_get("sealed_access_token")?,
        sealed_id_token: row.try_get("sealed_id_token")?,
    })
}

fn access_token_place(id_hash: &str) -> String {
    format!("access token of session {id_hash}")
}

fn id_token_place(id_hash: &str) -> String {
    format!("ID token of session {id_hash}")
}
