//! The hidden frame of a silent login. The server sends it back to a page of this origin, which is
//! the app once more: there the client hands the answer to the page around it and does nothing else.

use std::cell::Cell;

use futures_channel::oneshot;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlIFrameElement, MessageEvent, Window};

use super::listener::Listener;
use crate::error::{ErrorCode, Result};
use crate::protocol::callback;

/// The attribute by which the page in the frame knows what it is there for.
const MARK: &str = "data-portcullis-silent-login";

/// Leaves the page when it is dropped.
pub(super) struct Frame(pub(super) HtmlIFrameElement);

impl Drop for Frame {
    fn drop(&mut self) {
        self.0.remove();
    }
}

/// Loads `url` in a hidden frame and gives the authorization response that it comes back with.
pub(super) async fn load(window: &Window, url: &str) -> Result<String> {
    let frame = Frame(add_frame(window, url).map_err(|_| ErrorCode::Unsupported)?);
    // It fails for no name of an attribute.
    let _ = frame.0.set_attribute(MARK, "");
    let (sender, answer) = oneshot::channel();
    let sender = std::rc::Rc::new(Cell::new(Some(sender)));
    let origin = window.location().origin().unwrap_or_default();
    let take = move |url: String| {
        if callback::is_response(&url)
            && let Some(sender) = sender.take()
        {
            // Whoever waited may have given up.
            let _ = sender.send(url);
        }
    };
    let (inside, take_message) = (frame.0.clone(), take.clone());
    let _told = Listener::new(window, "message", move |event: Event| {
        take_message(message_of(event, &inside, &origin).unwrap_or_default());
    });
    // A page without a client says nothing, but its URL can be read.
    let inside = frame.0.clone();
    let _loaded = Listener::new(&frame.0, "load", move |_| {
        let href = inside.content_window().and_then(|frame| frame.location().href().ok());
        take(href.unwrap_or_default());
    });
    answer.await.map_err(|_| ErrorCode::Unsupported.into())
}

/// The text of a message, if it is from the page in `frame` and that page is of `origin`.
pub(super) fn message_of(event: Event, frame: &HtmlIFrameElement, origin: &str) -> Option<String> {
    let message = event.dyn_into::<MessageEvent>().ok()?;
    let is_from_frame = JsValue::from(message.source()?) == JsValue::from(frame.content_window()?);
    (is_from_frame && message.origin() == origin).then(|| message.data().as_string()).flatten()
}

/// Adds a hidden frame to the page.
pub(super) fn add_frame(
    window: &Window,
    url: &str,
) -> std::result::Result<HtmlIFrameElement, JsValue> {
    let document = window.document().ok_or(JsValue::UNDEFINED)?;
    let frame: HtmlIFrameElement = document.create_element("iframe")?.dyn_into()?;
    frame.set_attribute("aria-hidden", "true")?;
    frame.set_hidden(true);
    frame.set_src(url);
    document.body().ok_or(JsValue::UNDEFINED)?.append_child(&frame)?;
    Ok(frame)
}

/// In the frame of a silent login: hands the answer over and never goes on. In any other page: nothing.
pub(super) async fn hand_over(window: &Window) {
    let element = window.frame_element().ok().flatten();
    if !element.is_some_and(|element| element.has_attribute(MARK)) {
        return;
    }
    let location = window.location();
    let (url, origin) =
        (location.href().unwrap_or_default(), location.origin().unwrap_or_default());
    if let Ok(Some(parent)) = window.parent() {
        // It fails for no origin there is.
        let _ = parent.post_message(&url.into(), &origin);
    }
    futures_util::future::pending::<()>().await;
}
