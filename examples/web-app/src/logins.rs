//! Logins under way: what the browser was sent to the authorization server with.

use anyhow::Result;
use portcullis::Secret;
use sqlx::{AnyPool, Row as _};

use crate::random::hash;
use crate::seal::Sealer;

/// How long a login may take, in seconds.
const LIFETIME: i64 = 600;

/// What the answer of the authorization server is measured against.
pub struct Login {
    /// `state`, by which it is found.
    pub state: Secret,
    /// Is in the ID token.
    pub nonce: Secret,
    /// Proves that the code was asked for here.
    pub code_verifier: Secret,
    /// Where in the app to go on.
    pub return_to: String,
}

/// The table of logins.
#[derive(Clone, Debug)]
pub struct Logins {
    pool: AnyPool,
    sealer: Sealer,
}

impl Logins {
    /// In this database.
    pub fn new(pool: AnyPool, sealer: Sealer) -> Self {
        Self { pool, sealer }
    }

    /// Keeps a login of the browser that has this secret in its cookie, and sweeps those that are over.
    pub async fn begin(&self, login: &Login, browser: &Secret, now: i64) -> Result<()> {
        let state_hash = hash(login.state.expose());
        let Login { nonce, code_verifier, return_to, .. } = login;
        let text = format!("{} {} {return_to}", nonce.expose(), code_verifier.expose());
        sqlx::query("DELETE FROM logins WHERE expires_at <= $1")
            .bind(now)
            .execute(&self.pool)
            .await?;
        sqlx::query("INSERT INTO logins VALUES ($1, $2, $3, $4)")
            .bind(&state_hash)
            .bind(hash(browser.expose()))
            .bind(self.sealer.seal(&place(&state_hash), &Secret::new(text))?)
            .bind(now + LIFETIME)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Takes a login out, so that its answer is read once, and only for the browser that began it.
    pub async fn take(&self, state: Secret, browser: &str, now: i64) -> Result<Option<Login>> {
        let state_hash = hash(state.expose());
        let row = sqlx::query(
            "DELETE FROM logins WHERE state_hash = $1 AND browser_hash = $2 AND expires_at > $3
             RETURNING sealed",
        )
        .bind(&state_hash)
        .bind(hash(browser))
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let text = self.sealer.open(&place(&state_hash), row.try_get("sealed")?)?;
        let mut parts = text.expose().splitn(3, ' ').map(str::to_owned);
        let (Some(nonce), Some(code_verifier), Some(return_to)) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Ok(None);
        };
        let (nonce, code_verifier) = (Secret::new(nonce), Secret::new(code_verifier));
        Ok(Some(Login { state, nonce, code_verifier, return_to }))
    }
}

fn place(state_hash: &str) -> String {
    format!("login {state_hash}")
}
