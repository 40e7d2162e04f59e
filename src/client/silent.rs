//! Logins that the user does not see: `prompt=none` in a hidden frame
//! ([OpenID Connect Core section 3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).

use futures_util::FutureExt;

use super::callback::Redeemed;
use super::login::Page;
use super::session::Moment;
use super::state::User;
use super::transaction::Transaction;
use super::vault::Record;
use super::{Client, Inner, LoginOptions};
use crate::config::SilentLogin;
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;
use crate::protocol::ascii;
use crate::protocol::callback::Granted;

/// How late a timer of a page may be that does not stand still, in milliseconds.
const LATE: f64 = 1_000.0;

/// In how many parts the limit of a request is waited for. A page that stands still misses one of them, and
/// has the others left to hear the answer.
const PARTS: u8 = 2;

impl<H: Host> Client<H> {
    /// Logs in with the session that the user has at the server, without showing anything. `None` if
    /// the server needs the user for it, or there is nobody logged in; an
    /// [`Event::Log`](crate::Event::Log) tells which, by `interaction_required` or `login_required`.
    ///
    /// `timeout` where no answer comes in time: a server may refuse to be framed. `unsupported` if
    /// silent logins are switched off. With the feature `silent-login`.
    ///
    /// ```
    /// # use portcullis::{Error, LoginOptions, client::Client, host::Host};
    /// # async fn log_in<H: Host>(client: &Client<H>) -> Result<(), Error> {
    /// match client.login_silently(LoginOptions::new()).await? {
    ///     Some(user) => assert_eq!(client.state().user(), Some(&user)),
    ///     None => client.login_with_redirect(LoginOptions::new()).await?,
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn login_silently(&self, options: LoginOptions) -> Result<Option<User>> {
        let (transaction, url) = self.silent_request(options).await?;
        let granted = match self.ask_in_frame(&transaction, &url).await {
            Err(error) if needs_user(&error) => {
                self.inner().log("a silent login needs the user", Some(error));
                return Ok(None);
            }
            granted => granted?,
        };
        let redeemed = self.exchange(granted, &transaction).await?;
        self.log_in(redeemed, &transaction).await?;
        Ok(self.inner().state().user().cloned())
    }

    /// Gives a session new tokens by a login, if the user is still logged in at the server and still the
    /// same. An error says nothing about that. Whoever calls this has the lock.
    pub(super) async fn renew_silently(&self, mut record: Box<Record>) -> Result<Renewal> {
        let inner = self.inner();
        let options = LoginOptions::new().scope(&ascii::united(&inner.config.scope, &record.scope));
        let (transaction, url) = match self.silent_request(options).await {
            Ok(request) => request,
            Err(error) if error.retryable() => return Err(error),
            Err(error) => return Ok(Renewal::Refused(error)),
        };
        let limit = Moment::now(&inner.host).after(inner.request_limit() + LATE);
        let granted = self.ask_in_frame(&transaction, &url).await;
        let never_answers = self.never_answers(&granted, limit, record.generation);
        let granted = match granted {
            Ok(granted) => granted,
            Err(error) if error.retryable() && !never_answers => return Err(error),
            Err(error) => return Ok(Renewal::Refused(error)),
        };
        // With a code the server has said that somebody is logged in: what fails now can be tried again.
        let Redeemed { code, session_state, tokens, asked_at } =
            self.exchange(granted, &transaction).await?;
        let claims = self.id_token_of_login(&tokens, &code, &transaction).await?;
        if claims.string("sub") != record.claims.string("sub") {
            return Ok(Renewal::Refused(ErrorCode::IdTokenSub.into()));
        }
        record.is_bound = transaction.is_bound;
        record.session_state = session_state;
        let renewed = self.keep(record, tokens, &inner.default_key(), asked_at).await;
        self.watch_server_session();
        Ok(Renewal::Renewed(renewed?))
    }

    /// Whether the server never answers a silent login, as those that refuse to be framed: not twice in
    /// a row for what rests in the vault. One answer may be lost, and a page that stood still beyond the
    /// limit has heard nothing.
    fn never_answers(&self, granted: &Result<Granted>, limit: Moment, generation: f64) -> bool {
        let inner = self.inner();
        let is_timeout = granted.as_ref().is_err_and(|error| error.code() == ErrorCode::Timeout);
        let silent = is_timeout && !limit.is_over(&inner.host);
        let mut session = inner.session.borrow_mut();
        let before = session.as_mut().and_then(|session| {
            std::mem::replace(&mut session.unanswered, silent.then_some(generation))
        });
        silent && before.is_some_and(|before| before >= generation)
    }

    /// A login that shows nothing, and the URL that it begins at.
    async fn silent_request(&self, options: LoginOptions) -> Result<(Box<Transaction>, String)> {
        if !self.inner().logs_in_silently() {
            return Err(Error::new(ErrorCode::Unsupported).about("silentLogin"));
        }
        let options = options.prompt("none");
        let mut transaction = self.transaction(&options)?;
        let url = self.authorization_request(&mut transaction, &options, Page::Stays).await?;
        Ok((transaction, url))
    }

    /// Asks the server for a code, in a frame that nobody sees.
    async fn ask_in_frame(&self, transaction: &Transaction, url: &str) -> Result<Granted> {
        let inner = self.inner();
        let mut frame = std::pin::pin!(inner.host.load_in_frame(url).fuse());
        let mut answer = Err(ErrorCode::Timeout.into());
        for _ in 0..PARTS {
            answer = inner.within(1.0 / f64::from(PARTS), &mut frame).await;
            if !answer.as_ref().is_err_and(|error| error.code() == ErrorCode::Timeout) {
                break;
            }
        }
        self.read_callback(&answer?, transaction).await
    }
}

impl<H: Host> Inner<H> {
    pub(super) fn logs_in_silently(&self) -> bool {
        self.config.silent_login == SilentLogin::Iframe
    }
}

/// What a silent login did for a session.
pub(super) enum Renewal {
    /// It goes on with new tokens.
    Renewed(Box<Record>),
    /// As far as can be known without the user, it is not this user who is logged in at the server.
    Refused(Error),
}

/// Whether only the user can go on.
pub(super) fn needs_user(error: &Error) -> bool {
    matches!(error.code(), ErrorCode::LoginRequired | ErrorCode::InteractionRequired)
}
