//! A stronger login where an API asks for one ([RFC 9470](https://www.rfc-editor.org/rfc/rfc9470)).

use super::{Client, Inner, LoginOptions};
use crate::config::StepUp;
use crate::error::Result;
use crate::host::Host;
use crate::protocol::www_authenticate::Challenge;
use crate::protocol::{ascii, number};

/// The least time between two logins that answer the same challenge, in milliseconds.
const AGAIN: f64 = 60_000.0;

impl<H: Host> Client<H> {
    /// Goes and gets what an API asks for, if so configured. For this the page is left.
    pub(super) async fn step_up(&self, challenge: &Challenge) -> Result<()> {
        let inner = self.inner();
        if inner.config.step_up == StepUp::Event || inner.has_just_stepped_up(challenge).await {
            return Ok(());
        }
        let mut login = LoginOptions::new().return_to(&inner.host.url());
        if let Some(values) = challenge.get("acr_values") {
            login = login.essential_acr(values);
        }
        if let Some(seconds) = challenge.get("max_age").and_then(number::whole) {
            login = login.max_age(seconds);
        }
        if let Some(scope) = challenge.get("scope") {
            login = login.scope(&ascii::united(&inner.config.scope, scope));
        }
        self.login_with_redirect(login).await
    }
}

impl<H: Host> Inner<H> {
    /// Whether a login has just answered the same challenge: an API that is not content with it would
    /// send the user round and round. Otherwise notes that one is about to.
    async fn has_just_stepped_up(&self, challenge: &Challenge) -> bool {
        let key = ["step-up ", &self.config.issuer, " ", &self.config.client_id].concat();
        let asked = ["acr_values", "max_age", "scope"]
            .map(|name| challenge.get(name).unwrap_or_default())
            .join("\n");
        let now = self.host.wall_clock().trunc();
        let before = self.host.load(&key).await.ok().flatten().unwrap_or_default();
        let is_same = ascii::cut(&before, b" ").is_some_and(|(at, before)| {
            let ago = number::whole(at).map_or(f64::INFINITY, |at| (now - at).abs());
            before == asked && ago < AGAIN
        });
        if !is_same {
            // Without a store the user is asked for each time.
            let noted = [&number::to_text(now), " ", &asked].concat();
            let _ = self.host.store(&key, &noted).await;
        }
        is_same
    }
}
