//! Hidden frames.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::answer::{Answer, Kept, Ongoing};
use crate::error::{ErrorCode, Result};
use crate::protocol::callback;
use crate::protocol::session_management::SessionStatus;

#[wasm_bindgen(module = "/src/browser/frame.js")]
extern "C" {
    #[wasm_bindgen(extends = Kept)]
    type Frame;

    #[wasm_bindgen(constructor, catch)]
    fn new(url: &str, is_silent_login: bool) -> std::result::Result<Frame, JsValue>;

    #[wasm_bindgen(method)]
    fn next(this: &Frame) -> Promise;

    #[wasm_bindgen(method)]
    fn ask(this: &Frame, message: &str) -> Promise;

    #[cfg(feature = "silent-login")]
    #[wasm_bindgen(js_name = handOver)]
    pub(super) fn hand_over() -> bool;
}

/// A page of the server's in a hidden frame, until this is dropped.
pub struct ServerFrame(Ongoing<Frame>);

impl ServerFrame {
    pub(super) async fn open(url: &str) -> Result<Self> {
        let frame = open(url, false)?;
        frame.result().await?;
        Ok(Self(frame))
    }

    /// Sends a message to the page and gives its answer
    /// ([OpenID Connect Session Management 1.0 section 3](https://openid.net/specs/openid-connect-session-1_0.html#ChangeNotification)).
    /// What is no answer is not heard.
    pub(super) async fn ask(&self, message: &str) -> Result<SessionStatus> {
        let mut said = self.0.0.ask(message);
        loop {
            if let Some(status) = SessionStatus::from_answer(&text(said).await?) {
                return Ok(status);
            }
            said = self.0.0.next();
        }
    }
}

/// Loads `url` in a hidden frame and gives the authorization response that it comes back with.
pub(super) async fn log_in(url: &str) -> Result<String> {
    let frame = open(url, true)?;
    loop {
        let said = text(frame.0.next()).await?;
        if callback::is_response(&said) {
            return Ok(said);
        }
    }
}

fn open(url: &str, is_silent_login: bool) -> Result<Ongoing<Frame>> {
    Ok(Ongoing(Frame::new(url, is_silent_login).map_err(|_| ErrorCode::Unsupported)?))
}

fn text(said: Promise) -> Answer<String> {
    Answer::new(said, |said| said.as_string().unwrap_or_default())
}
