//! [OpenID Connect Session Management 1.0](https://openid.net/specs/openid-connect-session-1_0.html):
//! while the user sees the page, a frame of the server's is asked whether it is still the same user who
//! is logged in there.

use std::pin::pin;

use futures_util::FutureExt;
use futures_util::future::{self, Either};

use super::signal::{Signal, Stop};
use super::silent::{Renewal, needs_user};
use super::state::AnonymousReason;
use super::vault::Record;
use super::{Client, Inner};
use crate::config::SessionManagement;
use crate::error::{Error, ErrorCode, Result};
use crate::host::Host;
use crate::protocol::session_management::{self, SessionStatus};

/// The wait between two questions, in milliseconds. A question stays in the browser, and a user who has
/// logged out elsewhere and comes back hardly sees the page before it is answered.
const PERIOD: f64 = 5_000.0;
/// The wait after one that failed, in milliseconds: the next loads the frame, or logs in, anew.
const PERIOD_AFTER_FAULT: f64 = 60_000.0;

/// A session whose user at the server is watched, until this is dropped.
pub(super) struct Watch {
    session: String,
    _until: Stop,
}

impl<H: Host> Client<H> {
    /// Begins to watch the session of this tab, if it is to be, can be and is not watched yet.
    pub(super) fn watch_server_session(&self) {
        let inner = self.inner();
        let Some(session) = inner.session_id() else { return };
        let is_watched =
            inner.watch.borrow().as_ref().is_some_and(|watch| watch.session == session);
        let is_off = inner.config.session_management == SessionManagement::Off;
        if is_off || is_watched || inner.closed.get() || inner.session_state(&session).is_none() {
            return;
        }
        let (stop, until) = Stop::new();
        *inner.watch.borrow_mut() = Some(Watch { session: session.clone(), _until: stop });
        let client = self.clone();
        let watch = async move {
            let watch = client.watch(&session, until).map(Ok);
            // Without its code nobody is watched until the next page.
            let _ = client.later(watch).await;
        };
        inner.host.spawn(watch.boxed_local());
    }

    async fn watch(&self, session: &str, mut until: Signal<()>) {
        let inner = self.inner();
        let (mut frame, mut wait) = (None, 0.0);
        while let Some(session_state) = inner.session_state(session) {
            let answer = pin!(inner.ask_server_frame(wait, &mut frame, &session_state));
            let Either::Left((answer, _)) = future::select(answer, &mut until).await else {
                return;
            };
            let followed = match answer {
                Ok(SessionStatus::Unchanged) => Ok(()),
                Ok(SessionStatus::Changed) => self.follow_server(session, &session_state).await,
                Ok(SessionStatus::Error) => Err(ErrorCode::Unsupported.into()),
                Err(error) => Err(error),
            };
            wait = PERIOD;
            if let Err(error) = followed {
                wait = PERIOD_AFTER_FAULT;
                let is_final = !error.retryable();
                inner.log("the user's session at the server could not be checked", Some(error));
                if is_final {
                    break;
                }
            }
        }
        inner.watch.borrow_mut().take_if(|watch| watch.session == session);
    }

    /// The user's session at the server is another one: a login that nobody sees tells whose it is, and
    /// if it is not this user's, ours ends in every tab
    /// ([section 3](https://openid.net/specs/openid-connect-session-1_0.html#ChangeNotification)).
    async fn follow_server(&self, session: &str, session_state: &str) -> Result<()> {
        let inner = self.inner();
        let lock = inner.lock(&inner.session_lock).await?;
        let record = inner.vault.read(&inner.host).await?;
        let record = record.filter(|record| record.session == session);
        let Some(record) = record.filter(|_| !inner.closed.get()) else {
            return self.catch_up().await.map(drop);
        };
        if record.session_state.as_deref() != Some(session_state) {
            inner.take_session_state(&record);
            return Ok(());
        }
        match self.renew_silently(record.clone()).await? {
            Renewal::Renewed(_) => {
                self.schedule_refresh();
                Ok(())
            }
            Renewal::Refused(error) if is_of_nobody_or_another(&error) => {
                inner.clear_vault().await;
                inner.end_session(session, AnonymousReason::LoggedOutElsewhere).await;
                drop(lock);
                self.revoke(&record).await;
                Ok(())
            }
            Renewal::Refused(error) => Err(error),
        }
    }
}

impl<H: Host> Inner<H> {
    /// The `session_state` of this session, while the tab is in it.
    fn session_state(&self, session: &str) -> Option<String> {
        let current = self.session.borrow();
        current.as_ref().filter(|current| current.id == session)?.at_server.clone()
    }

    /// Takes over what a login in another tab has changed.
    fn take_session_state(&self, record: &Record) {
        let mut session = self.session.borrow_mut();
        if let Some(session) = session.as_mut().filter(|session| session.id == record.session) {
            session.at_server.clone_from(&record.session_state);
        }
    }

    /// One question, after a wait and as soon as the user can see the page. The frame is kept for the
    /// next one, unless it gives no answer.
    async fn ask_server_frame(
        &self,
        wait: f64,
        frame: &mut Option<H::ServerFrame>,
        session_state: &str,
    ) -> Result<SessionStatus> {
        self.host.sleep(wait).await;
        self.host.until_visible().await;
        let metadata = self.metadata().await?;
        let url = metadata.check_session_iframe.as_deref();
        let url =
            url.ok_or_else(|| Error::new(ErrorCode::Unsupported).about("check_session_iframe"))?;
        let message = session_management::message(&self.config.client_id, session_state);
        let ask = async {
            let open = match frame.take() {
                Some(open) => open,
                None => self.host.open_server_frame(url).await?,
            };
            let status = self.host.ask_server_frame(&open, &message).await?;
            *frame = Some(open);
            Ok(status)
        };
        self.within(1.0, ask).await
    }
}

/// Whether the server has said that it is not this user who is logged in there.
fn is_of_nobody_or_another(error: &Error) -> bool {
    needs_user(error) || matches!(error.code(), ErrorCode::AccessDenied | ErrorCode::IdTokenSub)
}
