use std::rc::Rc;

use super::{Client, Inner, LogoutOptions};
use crate::config::Config;
use crate::error::Result;
use crate::host::Host;
use crate::protocol::frontchannel_logout;

impl<H: Host> Client<H> {
    /// What the page at `frontchannel_logout_uri` does, in the server's iframe: if the request, by
    /// default the page's URL, is about the session of this browser, that session ends in every tab.
    /// Says whether it did. No client is started, and the user is sent nowhere.
    ///
    /// Fails for a wrong configuration, and with `storage_unavailable`.
    ///
    /// ```
    /// # use portcullis::{Config, Error, client::Client, host::Host};
    /// # async fn end<H: Host>(host: H) -> Result<(), Error> {
    /// let config = Config::new("https://as.example", "spa");
    /// let has_ended = Client::handle_frontchannel_logout(host, config, None).await?;
    /// println!("the session {}", if has_ended { "has ended" } else { "is another" });
    /// # Ok(())
    /// # }
    /// ```
    pub async fn handle_frontchannel_logout(
        host: H,
        config: Config,
        url: Option<&str>,
    ) -> Result<bool> {
        let client = Self(Rc::new(Inner::new(host, config)?));
        let inner = client.inner();
        let url = url.map_or_else(|| inner.host.url(), str::to_owned);
        let record = inner.vault.read(&inner.host).await?;
        let is_ours =
            record.is_some_and(|record| frontchannel_logout::is_about(&url, &record.claims));
        if is_ours {
            // Opens the channel through which the tabs are told; there is nothing to hear.
            inner.host.on_message(&inner.channel, Box::new(|_| ()));
            client.logout(LogoutOptions::new().local(true)).await?;
        }
        client.close();
        Ok(is_ours)
    }
}
