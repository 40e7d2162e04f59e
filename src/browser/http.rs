//! Requests to the authorization server, and those of the application to its API.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use web_sys::Request;
use zeroize::Zeroizing;

use super::answer::{Kept, Ongoing};
use crate::error::Result;
use crate::protocol::http::{HttpRequest, HttpResponse, MAX_RESPONSE_BYTES};
use crate::secret::Secret;

#[wasm_bindgen(module = "/src/browser/http.js")]
extern "C" {
    #[wasm_bindgen(js_name = send)]
    fn begin(
        url: &str,
        form: Option<&str>,
        accept: &str,
        authorization: Option<&str>,
        proof: Option<&str>,
        most: usize,
    ) -> Kept;

    #[wasm_bindgen(js_name = sendToApi)]
    pub(super) fn send_to_api(
        request: Request,
        authorization: &str,
        proof: Option<&str>,
    ) -> Promise;
}

/// Sends a request and reads the response whole. A redirect is not followed: it is an answer with the
/// status 0, which nothing takes for a success.
pub(super) async fn send(request: &HttpRequest) -> Result<HttpResponse> {
    let exchange = Ongoing(begin(
        &request.url,
        request.form.as_deref().map(String::as_str),
        request.accept,
        request.authorization.as_ref().map(Secret::expose),
        request.proof.as_deref(),
        MAX_RESPONSE_BYTES,
    ));
    let answer: Array = exchange.result().await?.unchecked_into();
    let text = |index| answer.get(index).as_string();
    Ok(HttpResponse {
        status: status(&answer.get(0)),
        content_type: text(1),
        cache_control: text(2),
        retry_after: text(3),
        www_authenticate: text(4),
        dpop_nonce: text(5),
        body: Zeroizing::new(text(6).unwrap_or_default()),
    })
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn status(number: &JsValue) -> u16 {
    number.as_f64().unwrap_or_default() as u16
}
