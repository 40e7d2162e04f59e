use web_sys::Request;

/// A request of the application to its API.
///
/// ```no_run
/// # async fn example(
/// #     client: portcullis::client::Client<portcullis::browser::Browser>,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use portcullis::browser::ApiRequest;
///
/// let request = gloo_net::http::Request::get("https://api.example/inbox").build()?;
/// let response = client.fetch(ApiRequest::new(request.into(), true)).await?;
/// assert_eq!(response.status(), 200);
/// # Ok(())
/// # }
/// ```
pub struct ApiRequest {
    next: Option<Request>,
    url: String,
    method: String,
    repeatable: bool,
}

impl ApiRequest {
    /// Takes a request that was not sent yet. Only with a body that is no stream it is `repeatable`.
    ///
    /// ```no_run
    /// # fn example() -> Result<(), gloo_net::Error> {
    /// use portcullis::browser::{ApiRequest, Browser};
    /// use portcullis::host::Host;
    ///
    /// let request = gloo_net::http::Request::delete("https://api.example/inbox/1").build()?;
    /// let request = ApiRequest::new(request.into(), true);
    /// # let browser = Browser::new().unwrap();
    /// assert_eq!(browser.api_method(&request), "DELETE");
    /// # Ok(())
    /// # }
    /// ```
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
