//! Access tokens that are renewed while their session goes on.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use portcullis::{Error, ErrorCode, Secret};
use tokio::time::sleep;

use crate::app::App;
use crate::authorization_server::Refused;
use crate::random::hash;
use crate::refresh_tokens::{Owner, Whose};
use crate::sessions::{Renewed, Session};

/// Seconds after which whoever renews a session is taken for gone: longer than the authorization server
/// has for its metadata, its answer and its keys.
pub const LEASE: i64 = 30;

/// How often those that wait for somebody else's renewal look whether it is over.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How often they look before they give up: for some twenty seconds.
const LOOKS: usize = 400;

/// The access token of a session, renewed if need be; `None` where the session has ended.
///
/// Many requests at once, on many servers, send a refresh token once: whoever renews has a lease of the
/// session, and nothing in the database is locked while the authorization server takes its time. A token
/// that was sent and whose answer was lost stays: it is sent again.
pub async fn access_token(app: &Arc<App>, session: &Session) -> Result<Option<Secret>> {
    if let Some(token) = app.sessions.access_token(session, app.now())? {
        return Ok(Some(token));
    }
    // By itself, as the browser may leave at any time, and a token that was sent is spent.
    let (app, id_hash) = (app.clone(), session.id_hash.clone());
    let renewal = tokio::spawn(async move { renew_in_turn(&app, &id_hash).await });
    renewal.await.context("a renewal broke off")?
}

async fn renew_in_turn(app: &App, id_hash: &str) -> Result<Option<Secret>> {
    for _ in 0..LOOKS {
        let now = app.now();
        let Some(session) = app.sessions.find_hashed(id_hash, now).await? else { return Ok(None) };
        if let Some(token) = app.sessions.access_token(&session, now)? {
            return Ok(Some(token));
        }
        if !session.is_being_renewed(now)
            && let Some(session) = app.sessions.claim(id_hash, now, now + LEASE).await?
        {
            return renew(app, &session).await;
        }
        sleep(LOOK_AGAIN).await;
    }
    Err(Error::new(ErrorCode::Timeout).into())
}

/// Sends the refresh token of a session that was claimed.
async fn renew(app: &App, session: &Session) -> Result<Option<Secret>> {
    let refresh_token = match &session.refresh_token_hash {
        Some(hash) => app.refresh_tokens.find(hash).await?,
        None => None,
    };
    let Some(refresh_token) = refresh_token else {
        app.sessions.end(&session.id_hash).await?;
        return Ok(None);
    };
    match app.server.refresh(&refresh_token, &session.claims, app.seconds()).await {
        Ok((answer, renew_at)) => {
            let access_token = Some((&answer.access_token, renew_at));
            let is_kept = keep(app, session, access_token, answer.refresh_token.as_ref()).await?;
            Ok(is_kept.then_some(answer.access_token))
        }
        Err(Refused { error, .. }) if error.code() == ErrorCode::SessionEnded => {
            app.refresh_tokens.revoke(Whose::Session(&session.id_hash), app.now()).await?;
            Ok(None)
        }
        Err(Refused { error, rotated: Some(rotated) }) => {
            keep(app, session, None, Some(&rotated)).await?;
            Err(error.into())
        }
        Err(Refused { error, rotated: None }) => {
            app.sessions.give_back(session).await?;
            Err(error.into())
        }
    }
}

/// Keeps what a refresh gave, in one transaction; whether the session was still there. If it was ended
/// meanwhile, what came for it ends too.
async fn keep(
    app: &App,
    session: &Session,
    access_token: Option<(&Secret, i64)>,
    rotated: Option<&Secret>,
) -> Result<bool> {
    let old_hash = session.refresh_token_hash.as_deref().context("a session without a token")?;
    let owner = Owner {
        session_hash: &session.id_hash,
        subject: &session.subject,
        client_id: &app.config.client_id,
    };
    let rotated = rotated.map(|token| (token, hash(token.expose())));
    // A server that does not rotate may send the old one along.
    let rotated = rotated.filter(|(_, new_hash)| new_hash != old_hash);
    let new_hash = rotated.as_ref().map_or(old_hash, |(_, new_hash)| new_hash);
    let mut transaction = app.pool.begin().await?;
    let renewed = Renewed { access_token, refresh_token_hash: new_hash };
    if !app.sessions.renew(&mut transaction, session, renewed).await? {
        transaction.rollback().await?;
        if let Some((new, _)) = rotated {
            app.revoke_at_server(new).await;
        }
        return Ok(false);
    }
    if let Some((new, _)) = rotated {
        app.refresh_tokens.rotate(&mut transaction, old_hash, new, owner, app.now()).await?;
    }
    transaction.commit().await?;
    Ok(true)
}
