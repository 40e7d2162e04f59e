//! The server's own page in a hidden frame, which is asked by messages
//! ([OpenID Connect Session Management 1.0 section 3](https://openid.net/specs/openid-connect-session-1_0.html#ChangeNotification)).

use web_sys::{Url, Window};

use super::frame::{Frame, add_frame, message_of};
use super::listener::first;
use crate::error::{ErrorCode, Result};
use crate::protocol::session_management::SessionStatus;

/// A page of the server's in a hidden frame, until this is dropped.
pub struct ServerFrame {
    frame: Frame,
    origin: String,
}

/// Loads the page at `url`.
pub(super) async fn open(window: &Window, url: &str) -> Result<ServerFrame> {
    let origin = Url::new(url).map_err(|_| ErrorCode::Unsupported)?.origin();
    let frame = Frame(add_frame(window, url).map_err(|_| ErrorCode::Unsupported)?);
    first(&frame.0, "load", |_| Some(())).await?;
    Ok(ServerFrame { frame, origin })
}

/// Sends a message to the page and gives its answer. What is no answer is not heard.
pub(super) async fn ask(
    window: &Window,
    server: &ServerFrame,
    message: &str,
) -> Result<SessionStatus> {
    let (inside, origin) = (server.frame.0.clone(), server.origin.clone());
    let answer = first(window, "message", move |event| {
        SessionStatus::from_answer(&message_of(event, &inside, &origin)?)
    });
    let page = server.frame.0.content_window().ok_or(ErrorCode::Unsupported)?;
    // It fails for no origin there is, and a page of another origin does not get it.
    let _ = page.post_message(&message.into(), &server.origin);
    answer.await
}
