//! Requests to the authorization server, through gloo-net.

use gloo_net::http::Response;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache,
    RequestCredentials, RequestInit, RequestRedirect, Window,
};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorCode, Result};
use crate::protocol::http::{HttpRequest, HttpResponse, MAX_RESPONSE_BYTES};

/// Aborts a request whose answer nobody waits for any more.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends a request and reads the response whole. A redirect is not followed: it is an answer with the
/// status 0, which nothing takes for a success.
pub(super) async fn send(window: &Window, request: &HttpRequest) -> Result<HttpResponse> {
    let abort = AbortOnDrop(AbortController::new().map_err(network)?);
    let request = to_request(request, &abort).map_err(network)?;
    let response = JsFuture::from(window.fetch_with_request(&request)).await.map_err(network)?;
    // A page may have put something else in the place of `fetch`.
    let response = Response::from(response.dyn_into::<web_sys::Response>().map_err(network)?);
    let header = |name| response.headers().get(name);
    Ok(HttpResponse {
        status: response.status(),
        content_type: header("content-type"),
        cache_control: header("cache-control"),
        retry_after: header("retry-after"),
        www_authenticate: header("www-authenticate"),
        dpop_nonce: header("dpop-nonce"),
        body: read(&response).await?,
    })
}

fn to_request(
    request: &HttpRequest,
    abort: &AbortOnDrop,
) -> std::result::Result<web_sys::Request, JsValue> {
    let headers = Headers::new()?;
    headers.set("accept", request.accept)?;
    if let Some(authorization) = &request.authorization {
        headers.set("authorization", authorization.expose())?;
    }
    if let Some(proof) = &request.proof {
        headers.set("dpop", proof)?;
    }
    let init = RequestInit::new();
    if let Some(form) = &request.form {
        headers.set("content-type", "application/x-www-form-urlencoded")?;
        init.set_method("POST");
        init.set_body(&JsValue::from_str(form));
    }
    init.set_headers(&headers);
    init.set_credentials(RequestCredentials::Omit);
    init.set_redirect(RequestRedirect::Manual);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    init.set_cache(RequestCache::NoStore);
    init.set_signal(Some(&abort.0.signal()));
    web_sys::Request::new_with_str_and_init(&request.url, &init)
}

async fn read(response: &Response) -> Result<Zeroizing<String>> {
    let Some(stream) = response.body() else { return Ok(Zeroizing::default()) };
    let reader: ReadableStreamDefaultReader =
        stream.get_reader().dyn_into().map_err(|_| ErrorCode::Unsupported)?;
    let mut bytes = Zeroizing::new(Vec::new());
    loop {
        let chunk = JsFuture::from(reader.read()).await.map_err(network)?;
        let value = Reflect::get(&chunk, &"value".into()).unwrap_or_default();
        let Ok(part) = value.dyn_into::<Uint8Array>() else { break };
        if bytes.len() + part.length() as usize > MAX_RESPONSE_BYTES {
            return Err(Error::new(ErrorCode::InvalidJson).about("over 1 MiB"));
        }
        bytes.extend(part.to_vec());
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| ErrorCode::InvalidJson)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// What a browser says of a failed request is the same for all causes.
fn network<E>(_: E) -> Error {
    ErrorCode::Network.into()
}
