use web_sys::Request;

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

    /// The request, to be sent now. What it needs to be sent once more, if it can be, stays here.
    pub(super) fn take(&mut self) -> Option<Request> {
        let request = self.next.take()?;
        if self.repeatable {
            self.next = request.clone().ok();
        }
        Some(request)
    }
}
