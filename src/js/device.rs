use futures_util::future::{self, Either};
use wasm_bindgen::prelude::*;

use super::{Client, device_prompt};
use crate::browser::answer::{Kept, Ongoing};
use crate::client::User;
use crate::error::{ErrorCode, Result};

#[wasm_bindgen(module = "/src/js/abort.js")]
extern "C" {
    fn aborted(signal: &JsValue) -> Kept;
}

#[wasm_bindgen]
extern "C" {
    /// The app that a login by device is for.
    pub(super) type App;

    /// An `AbortSignal` or `undefined`.
    #[wasm_bindgen(method, getter)]
    fn signal(this: &App) -> JsValue;

    #[wasm_bindgen(method)]
    fn tell(this: &App, prompt: &str);
}

/// A login by device, which is dropped when the app aborts it.
pub(super) async fn log_in(client: &Client, scope: Option<&str>, app: App) -> Result<User> {
    let aborted = Ongoing(aborted(&app.signal()));
    let login = client.login_with_device(scope, |prompt| {
        app.tell(&device_prompt(&prompt).to_text());
    });
    match future::select(std::pin::pin!(login), aborted.result()).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(ErrorCode::Aborted.into()),
    }
}
