//! Refresh tokens: encrypted, found by their hash, used once.

use anyhow::{Context as _, Result, ensure};
use portcullis::Secret;
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AnyPool, Row as _};

use crate::random::hash;
use crate::seal::Sealer;

/// Whose refresh tokens to revoke.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// The one of this session.
    Session(&'a str),
    /// All of this user's.
    User(&'a str),
    /// Those of this user's that this client got.
    UserAtClient(&'a str, &'a str),
}

/// Whom a refresh token belongs to.
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    /// The hash of the session's identifier.
    pub session_hash: &'a str,
    /// The user.
    pub subject: &'a str,
    /// The client it was issued to.
    pub client_id: &'a str,
}

/// The table of refresh tokens.
#[derive(Clone, Debug)]
pub struct RefreshTokens {
    pool: AnyPool,
    sealer: Sealer,
}

impl RefreshTokens {
    /// In this database.
    pub fn new(pool: AnyPool, sealer: Sealer) -> Self {
        Self { pool, sealer }
    }

    /// Keeps a token, as part of a transaction, and gives the hash that it is found by.
    pub async fn keep(
        &self,
        transaction: &mut AnyConnection,
        token: &Secret,
        owner: Owner<'_>,
        now: i64,
    ) -> Result<String> {
        let token_hash = hash(token.expose());
        sqlx::query("INSERT INTO refresh_tokens VALUES ($1, $2, $3, $4, $5, $6, NULL)")
            .bind(&token_hash)
            .bind(owner.session_hash)
            .bind(owner.subject)
            .bind(owner.client_id)
            .bind(self.sealer.seal(&place(&token_hash), token)?)
            .bind(now)
            .execute(transaction)
            .await?;
        Ok(token_hash)
    }

    /// The token of this hash, unless it was used or revoked.
    pub async fn find(&self, token_hash: &str) -> Result<Option<Secret>> {
        let row = sqlx::query(
            "SELECT sealed FROM refresh_tokens WHERE token_hash = $1 AND ended_at IS NULL",
        )
        .bind(token_hash)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        self.sealer.open(&place(token_hash), row.try_get("sealed")?).map(Some)
    }

    /// Puts a new token in the place of the old one, as part of a transaction.
    pub async fn rotate(
        &self,
        transaction: &mut AnyConnection,
        old_hash: &str,
        new: &Secret,
        owner: Owner<'_>,
        now: i64,
    ) -> Result<()> {
        let was_alive = end(&mut *transaction, old_hash, now).await?;
        ensure!(was_alive, "the refresh token was used or revoked meanwhile");
        self.keep(transaction, new, owner, now).await?;
        Ok(())
    }

    /// Ends these tokens and their sessions in one transaction, and gives the tokens, for the
    /// authorization server to end too.
    pub async fn revoke(&self, whose: Whose<'_>, now: i64) -> Result<Vec<Secret>> {
        let (condition, values) = whose.condition();
        let living = format!("FROM refresh_tokens WHERE ended_at IS NULL AND {condition}");
        let mut transaction = self.pool.begin().await?;
        // Whoever stores the renewal of one of these sessions has its row first: what it got shall end too.
        let hold = format!(
            "UPDATE sessions SET renewing_until = 0 WHERE id_hash IN (SELECT session_hash {living})"
        );
        bound(&hold, &values).execute(&mut *transaction).await?;

        let find = format!("SELECT token_hash, session_hash, sealed {living}");
        let mut tokens = Vec::new();
        for row in bound(&find, &values).fetch_all(&mut *transaction).await? {
            let (token_hash, session_hash): (&str, &str) =
                (row.try_get("token_hash")?, row.try_get("session_hash")?);
            let sealed: Option<&str> = row.try_get("sealed")?;
            let sealed = sealed.context("a refresh token that lives is not there")?;
            tokens.push(self.sealer.open(&place(token_hash), sealed)?);
            end(&mut transaction, token_hash, now).await?;
            sqlx::query("DELETE FROM sessions WHERE id_hash = $1")
                .bind(session_hash)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(tokens)
    }
}

impl Whose<'_> {
    fn condition(&self) -> (&'static str, Vec<&str>) {
        match *self {
            Self::Session(session_hash) => ("session_hash = $1", vec![session_hash]),
            Self::User(subject) => ("subject = $1", vec![subject]),
            Self::UserAtClient(subject, client_id) => {
                ("subject = $1 AND client_id = $2", vec![subject, client_id])
            }
        }
    }
}

fn bound<'q>(sql: &'q str, values: &[&'q str]) -> Query<'q, Any, AnyArguments<'q>> {
    values.iter().fold(sqlx::query(sql), |query, value| query.bind(*value))
}

/// Ends a token that lives, of which the hash is left; whether there was one.
async fn end(transaction: &mut AnyConnection, token_hash: &str, now: i64) -> Result<bool> {
    let ended = sqlx::query(
        "UPDATE refresh_tokens SET ended_at = $1, sealed = NULL
         WHERE token_hash = $2 AND ended_at IS NULL",
    )
    .bind(now)
    .bind(token_hash)
    .execute(transaction)
    .await?;
    Ok(ended.rows_affected() == 1)
}

fn place(token_hash: &str) -> String {
    format!("refresh token {token_hash}")
}
