use super::error::{InvalidReason, VerifyError};

/// What of a request to an API says who sends it.
///
/// ```
/// # use portcullis::verify::VerifyError;
/// use portcullis::verify::ResourceRequest;
///
/// # let verifier =
/// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
/// # let run = async {
/// let request = ResourceRequest {
///     method: "GET",
///     url: "https://api.example/orders",
///     authorization: &["Bearer mF_9.B5f-4.1JqM"],
///     dpop: &[],
/// };
/// assert!(verifier.verify_request(&request).await.is_ok());
/// let twice = ResourceRequest { authorization: &["Bearer a", "Bearer b"], ..request };
/// assert_eq!(verifier.verify_request(&twice).await.unwrap_err().status(), 401);
/// # };
/// # futures_util::FutureExt::now_or_never(run).unwrap();
/// ```
#[derive(Clone, Copy)]
pub struct ResourceRequest<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The URL as the client wrote it: the API's own origin, configured and not taken from the `Host`
    /// header, which a thief of a proof would choose to fit; and the path of the request. Query and
    /// fragment do not matter.
    pub url: &'a str,
    /// The values of all `Authorization` headers; more than one are refused.
    pub authorization: &'a [&'a str],
    /// The values of all `DPoP` headers.
    pub dpop: &'a [&'a str],
}

/// An authentication scheme that access tokens come by.
///
/// ```
/// use portcullis::verify::{ResourceRequest, Scheme};
///
/// let (method, url) = ("GET", "https://api.example/orders");
/// let authorization = &["bearer mF_9.B5f-4.1JqM"];
/// let request = ResourceRequest { method, url, authorization, dpop: &[] };
/// assert_eq!(request.scheme(), Some(Scheme::Bearer));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Whoever has the token may use it ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)).
    Bearer,
    /// Whoever also proves to have the key it is bound to
    /// ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).
    Dpop,
}

impl Scheme {
    const ALL: [Self; 2] = [Self::Bearer, Self::Dpop];

    /// Its name.
    ///
    /// ```
    /// # use portcullis::verify::Scheme;
    /// assert_eq!(Scheme::Dpop.as_str(), "DPoP");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }
}

impl<'a> ResourceRequest<'a> {
    /// The scheme of its `Authorization` header, `None` for none or another.
    ///
    /// ```
    /// use portcullis::verify::{ResourceRequest, Scheme};
    ///
    /// let request = ResourceRequest {
    ///     method: "GET",
    ///     url: "https://api.example/orders",
    ///     authorization: &["DPoP abc.def.ghi"],
    ///     dpop: &[],
    /// };
    /// assert_eq!(request.scheme(), Some(Scheme::Dpop));
    /// ```
    pub fn scheme(&self) -> Option<Scheme> {
        let [header] = self.authorization else { return None };
        Some(split(header)?.0)
    }

    /// The scheme and the access token.
    pub(super) fn credentials(&self) -> Result<(Scheme, &'a str), VerifyError> {
        match *self.authorization {
            [] => Err(VerifyError::MissingToken),
            [header] => credentials(header),
            _ => Err(InvalidReason::Malformed.into()),
        }
    }
}

/// The scheme and the access token of an `Authorization` header
/// ([RFC 9449 section 7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)).
pub(super) fn credentials(header: &str) -> Result<(Scheme, &str), VerifyError> {
    let (scheme, token) = split(header).ok_or(VerifyError::MissingToken)?;
    if token.is_empty() {
        return Err(VerifyError::MissingToken);
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(InvalidReason::Malformed.into());
    }
    Ok((scheme, token))
}

fn split(header: &str) -> Option<(Scheme, &str)> {
    let header = header.trim();
    let (name, token) = header.split_once(' ').unwrap_or((header, ""));
    let scheme = Scheme::ALL.into_iter().find(|s| s.as_str().eq_ignore_ascii_case(name))?;
    Some((scheme, token.trim_start()))
}
