//! Access tokens that are renewed while their session goes on.

use anyhow::Result;
use portcullis::{ErrorCode, Secret};

use crate::app::App;
use crate::refresh_tokens::{Owner, Whose};
use crate::sessions::Session;

/// The access token of a session, renewed if need be; `None` where the session has ended.
///
/// Whoever renews holds the session's row for as long as the authorization server takes, so that many
/// requests at once, on many servers, send a refresh token once. A token that was sent and whose answer
/// was lost stays: it is sent again.
pub async fn access_token(app: &App, session: &Session) -> Result<Option<Secret>> {
    if let Some(token) = app.sessions.access_token(session, app.now())? {
        return Ok(Some(token));
    }
    let mut transaction = app.pool.begin().await?;
    let Some(session) = app.sessions.hold(&mut transaction, &session.id_hash).await? else {
        return Ok(None);
    };
    let now = app.now();
    if let Some(token) = app.sessions.access_token(&session, now)? {
        transaction.commit().await?;
        return Ok(Some(token));
    }
    let found = match &session.refresh_token_hash {
        Some(hash) => app.refresh_tokens.find(&mut transaction, hash).await?.map(|t| (hash, t)),
        None => None,
    };
    let Some((old_hash, refresh_token)) = found else {
        transaction.rollback().await?;
        app.sessions.end(&session.id_hash).await?;
        return Ok(None);
    };
    let answer = app.server.refresh(&refresh_token, &session.claims, app.seconds()).await;
    let (answer, renew_at) = match answer {
        Ok(answer) => answer,
        Err(error) if error.code() == ErrorCode::SessionEnded => {
            transaction.rollback().await?;
            app.refresh_tokens.revoke(Whose::Session(&session.id_hash), now).await?;
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let owner = Owner {
        session_hash: &session.id_hash,
        subject: &session.subject,
        client_id: &app.config.client_id,
    };
    let new_hash = match &answer.refresh_token {
        Some(new) => app.refresh_tokens.rotate(&mut transaction, old_hash, new, owner, now).await?,
        None => old_hash.clone(),
    };
    let token = answer.access_token;
    app.sessions.renew(&mut transaction, &session, &token, renew_at, Some(&new_hash)).await?;
    transaction.commit().await?;
    Ok(Some(token))
}
