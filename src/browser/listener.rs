use std::cell::Cell;

use futures_channel::oneshot;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget};

use crate::error::{ErrorCode, Result};

/// Listens to an event until it is dropped.
pub(crate) struct Listener {
    target: EventTarget,
    event: &'static str,
    callback: Closure<dyn Fn(Event)>,
}

impl Listener {
    pub fn new(target: &EventTarget, event: &'static str, call: impl Fn(Event) + 'static) -> Self {
        let callback = Closure::new(call);
        // First of all, as a page may keep the event from going on. Adding fails for no target there is.
        let _ = target.add_event_listener_with_callback_and_bool(
            event,
            callback.as_ref().unchecked_ref(),
            true,
        );
        Self { target: target.clone(), event, callback }
    }
}

/// What an event of this kind gives first, from now on.
pub(super) fn first<T: 'static>(
    target: &EventTarget,
    event: &'static str,
    read: impl Fn(Event) -> Option<T> + 'static,
) -> impl Future<Output = Result<T>> {
    let (sender, given) = oneshot::channel();
    let sender = Cell::new(Some(sender));
    let listener = Listener::new(target, event, move |event| {
        if let Some(given) = read(event)
            && let Some(sender) = sender.take()
        {
            // Whoever waited may have given up.
            let _ = sender.send(given);
        }
    });
    async move {
        let _listening = listener;
        given.await.map_err(|_| ErrorCode::Unsupported.into())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = self.callback.as_ref().unchecked_ref();
        let _ =
            self.target.remove_event_listener_with_callback_and_bool(self.event, callback, true);
    }
}
