use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, Response, Window};

use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// A request of the application to its API.
pub struct ApiRequest {
    next: Option<Request>,
    url: String,
    method: String,
    repeatable: bool,
}

impl ApiRequest {
    /// Takes a request that was not sent yet. Only with a body that is no stream it is `repeatable`.
    pub fn new(request: Request, repeatable: bool) -> Self {
        Self { url: request.url(), method: request.method(), next: Some(request), repeatable }
    }

    pub(super) fn url(&self) -> String {
        self.url.clone()
    }

    pub(super) fn method(&self) -> String {
        self.method.clone()
    }

    pub(super) fn can_repeat(&self) -> bool {
        self.next.is_some()
    }

    pub(super) async fn send(
        &mut self,
        window: &Window,
        authorization: &Secret,
        proof: Option<&str>,
    ) -> Result<Response> {
        let request = self.next.take().ok_or(ErrorCode::Aborted)?;
        if self.repeatable {
            self.next = request.clone().ok();
        }
        let headers = request.headers();
        headers.set("authorization", authorization.expose()).map_err(failed)?;
        if let Some(proof) = proof {
            headers.set("dpop", proof).map_err(failed)?;
        }
        let response = JsFuture::from(window.fetch_with_request(&request)).await.map_err(failed)?;
        response.dyn_into().map_err(failed)
    }
}

fn failed(error: JsValue) -> Error {
    let aborted =
        error.dyn_into::<web_sys::DomException>().is_ok_and(|error| error.name() == "AbortError");
    if aborted { ErrorCode::Aborted } else { ErrorCode::Network }.into()
}
