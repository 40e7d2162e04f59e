//! Logins that the user does not see: `prompt=none` in a hidden frame
//! ([OpenID Connect Core section 3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).

use super::callback::Redeemed;
use super::login::Page;
use super::state::User;
use super::transaction::Transaction;
use super::vault::Record;
use super::{Client, LoginOptions};
use crate::config::SilentLogin;
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;

impl<H: Host> Client<H> {
    /// Logs in with the session that the user has at the server, without showing anything. `None` if
    /// the server needs the user for it, or there is nobody logged in.
    ///
    /// `timeout` where no answer comes in time: a server may refuse to be framed. `unsupported` if
    /// silent logins are switched off.
    pub async fn login_silently(&self, options: LoginOptions) -> Result<Option<User>> {
        match self.redeem_silently(options).await {
            Ok((transaction, redeemed)) => {
                self.log_in(redeemed, &transaction).await?;
                Ok(self.inner().state().user().cloned())
            }
            Err(error) if needs_user(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gives a session new tokens by a login, if the user is still logged in at the server and still the
    /// same. Whoever calls this has the lock.
    pub(super) async fn renew_silently(&self, mut record: Record) -> Result<Record> {
        let inner = self.inner();
        let options = LoginOptions::new().scope(&united(&inner.config.scope, &record.scope));
        let (transaction, redeemed) = self.redeem_silently(options).await?;
        let Redeemed { code, session_state, tokens, asked_at } = redeemed;
        let claims = self.id_token_of_login(&tokens, &code, &transaction).await?;
        if claims.string("sub") != record.claims.string("sub") {
            return Err(ErrorCode::IdTokenSub.into());
        }
        record.is_bound = transaction.is_bound;
        record.session_state = session_state;
        let renewed = self.keep(record, tokens, &inner.default_key(), asked_at).await;
        self.watch_server_session();
        renewed
    }

    async fn redeem_silently(&self, options: LoginOptions) -> Result<(Transaction, Redeemed)> {
        let inner = self.inner();
        if inner.config.silent_login == SilentLogin::Off {
            return Err(Error::new(ErrorCode::Unsupported).about("silentLogin"));
        }
        let (transaction, url) =
            self.authorization_request(&options.prompt("none"), Page::Stays).await?;
        let callback = inner.within(1.0, inner.host.load_in_frame(&url)).await?;
        let redeemed = self.redeem(&callback, &transaction).await?;
        Ok((transaction, redeemed))
    }
}

/// Whether only the user can go on.
pub(super) fn needs_user(error: &Error) -> bool {
    matches!(error.code(), ErrorCode::LoginRequired | ErrorCode::InteractionRequired)
}

/// Both scopes, each value once.
pub(super) fn united(one: &str, other: &str) -> String {
    let mut scope = one.to_owned();
    for value in other.split_ascii_whitespace() {
        if !one.split(' ').any(|known| known == value) {
            scope.push(' ');
            scope.push_str(value);
        }
    }
    scope
}
