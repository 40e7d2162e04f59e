use super::session::Session;
use super::state::AnonymousReason;
use super::vault::Record;
use super::{Client, Inner};
use crate::error::Result;
use crate::host::Host;
use crate::protocol::{end_session, revocation};

/// How to log out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogoutOptions {
    pub(crate) return_to: Option<String>,
    pub(crate) local: bool,
    pub(crate) extra_params: Vec<(String, String)>,
}

impl LogoutOptions {
    /// Here and at the server.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the server sends the user afterwards, in place of the configured
    /// `post_logout_redirect_uri`.
    pub fn return_to(mut self, url: &str) -> Self {
        self.return_to = Some(url.to_owned());
        self
    }

    /// Ends the session here and leaves that of the server.
    pub fn local(mut self, local: bool) -> Self {
        self.local = local;
        self
    }

    /// Adds a parameter to the logout request.
    pub fn extra_param(mut self, name: &str, value: &str) -> Self {
        self.extra_params.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl<H: Host> Client<H> {
    /// Ends the session in every tab, revokes its refresh token, and leaves for the server's
    /// `end_session_endpoint` if it has one.
    pub async fn logout(&self, options: LogoutOptions) -> Result<()> {
        let inner = self.inner();
        let return_to =
            options.return_to.as_ref().or(inner.config.post_logout_redirect_uri.as_ref());
        let return_to = match return_to {
            Some(url) => Some(inner.host.resolve(url).ok_or_else(|| super::invalid("returnTo"))?),
            None => None,
        };
        let record = inner.end(AnonymousReason::LoggedOut).await;
        if let Some(record) = &record {
            self.revoke(record).await;
        }
        if options.local {
            return Ok(());
        }
        let Ok(metadata) = inner.metadata().await else { return Ok(()) };
        let Some(endpoint) = &metadata.end_session_endpoint else { return Ok(()) };
        let url = end_session::url(
            endpoint,
            &inner.config.client_id,
            record.as_ref().map(|record| record.id_token.expose()),
            return_to.as_deref(),
            &options.extra_params,
        );
        inner.host.navigate(&url).await
    }

    /// Revokes a refresh token. The session is over here whether the server hears it or not.
    pub(super) async fn revoke(&self, record: &Record) {
        let inner = self.inner();
        let Some(refresh_token) = &record.refresh_token else { return };
        let Ok(metadata) = inner.metadata().await else { return };
        let Some(endpoint) = &metadata.revocation_endpoint else { return };
        let request = revocation::request(endpoint, &inner.config.client_id, refresh_token);
        let answer = match inner.send(&request).await {
            Ok(response) => revocation::read_response(&response),
            Err(error) => Err(error),
        };
        if let Err(error) = answer {
            inner.log("the refresh token could not be revoked", Some(error));
        }
    }
}

impl<H: Host> Inner<H> {
    /// Ends the session everywhere: here at once, then in the other tabs and in the vault. Gives what
    /// was in the vault.
    pub(super) async fn end(&self, reason: AnonymousReason) -> Option<Record> {
        let session = self.session.borrow().as_ref().map(|session: &Session| session.id.clone());
        self.tell_end(reason).await;
        self.leave(reason, None);
        let session = session?;
        // A refresh that is under way, here or in another tab, has the lock: it shall finish first,
        // so that what it stores is what is cleared.
        let _lock = match reason {
            AnonymousReason::LoggedOut => self.host.lock(&self.session_lock).await.ok(),
            // The one who finds out that the session is over has the lock.
            _ => None,
        };
        let record = self.vault.read(&self.host).await.ok().flatten();
        let record = record.filter(|record| record.session == session)?;
        if let Err(error) = self.vault.clear(&self.host).await {
            self.log("the vault could not be cleared", Some(error));
        }
        Some(record)
    }

    /// Whether this tab has left the session for good.
    pub(super) fn was_left(&self, session: &str) -> bool {
        self.left.borrow().iter().any(|left| left == session)
    }
}
