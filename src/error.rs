use std::fmt;

/// What went wrong, with one stable code per cause.
///
/// It never holds a token, a code, a verifier or a key.
///
/// ```
/// use portcullis::{Config, ErrorCode};
///
/// let error = Config::new("http://example.com", "spa").validate().unwrap_err();
/// assert_eq!(error.code(), ErrorCode::InsecureUrl);
/// assert_eq!(error.code().as_str(), "insecure_url");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Details>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Details {
    code: ErrorCode,
    about: Option<String>,
    oauth_error: Option<String>,
    description: Option<String>,
    status: Option<u16>,
    retry_after: Option<u32>,
}

impl Error {
    /// An error of this cause.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode};
    /// assert_eq!(Error::new(ErrorCode::Timeout), Error::from(ErrorCode::Timeout));
    /// ```
    pub fn new(code: ErrorCode) -> Self {
        Self(Box::new(Details {
            code,
            about: None,
            oauth_error: None,
            description: None,
            status: None,
            retry_after: None,
        }))
    }

    /// A configuration or an option that is not valid, named as JavaScript spells it.
    pub(crate) fn invalid_config(option: &str) -> Self {
        Self::new(ErrorCode::InvalidConfig).about(option)
    }

    /// Names what it is about: an option, a parameter, a claim, an endpoint. Never a secret value.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode};
    /// let error = Error::new(ErrorCode::InsecureUrl).about("issuer");
    /// assert!(error.message().ends_with(": issuer"));
    /// ```
    pub fn about(mut self, what: &str) -> Self {
        self.0.about = Some(what.to_owned());
        self
    }

    pub(crate) fn with_oauth(mut self, error: String, description: Option<String>) -> Self {
        self.0.oauth_error = Some(error);
        self.0.description = description;
        self
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_retry_after(mut self, seconds: Option<u32>) -> Self {
        self.0.retry_after = seconds;
        self
    }

    /// The same with another code, where one answer means another thing.
    pub(crate) fn recoded(mut self, code: ErrorCode) -> Self {
        self.0.code = code;
        self
    }

    /// The stable code of the cause.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode};
    /// assert_eq!(Error::new(ErrorCode::PopupBlocked).code(), ErrorCode::PopupBlocked);
    /// ```
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The server's `error` parameter ([RFC 6749 section 5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).
    ///
    /// ```
    /// # use portcullis::protocol::http::{HttpResponse, read_oauth_error};
    /// # let response = HttpResponse {
    /// #     content_type: Some("application/json".to_owned()),
    /// #     retry_after: Some("120".to_owned()),
    /// #     ..HttpResponse::new(503, r#"{"error":"temporarily_unavailable",
    /// #         "error_description":"back at noon"}"#.to_owned())
    /// # };
    /// let error = read_oauth_error(&response);
    /// assert_eq!(error.oauth_error(), Some("temporarily_unavailable"));
    /// ```
    pub fn oauth_error(&self) -> Option<&str> {
        self.0.oauth_error.as_deref()
    }

    /// The server's `error_description`, as sent. It is the server's text: show it as text only.
    ///
    /// ```
    /// # use portcullis::protocol::http::{HttpResponse, read_oauth_error};
    /// # let response = HttpResponse {
    /// #     content_type: Some("application/json".to_owned()),
    /// #     retry_after: Some("120".to_owned()),
    /// #     ..HttpResponse::new(503, r#"{"error":"temporarily_unavailable",
    /// #         "error_description":"back at noon"}"#.to_owned())
    /// # };
    /// let error = read_oauth_error(&response);
    /// assert_eq!(error.description(), Some("back at noon"));
    /// ```
    pub fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The HTTP status, where one was received.
    ///
    /// ```
    /// # use portcullis::protocol::http::{HttpResponse, read_oauth_error};
    /// # let response = HttpResponse {
    /// #     content_type: Some("application/json".to_owned()),
    /// #     retry_after: Some("120".to_owned()),
    /// #     ..HttpResponse::new(503, r#"{"error":"temporarily_unavailable",
    /// #         "error_description":"back at noon"}"#.to_owned())
    /// # };
    /// let error = read_oauth_error(&response);
    /// assert_eq!(error.status(), Some(503));
    /// ```
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Seconds the server asked to wait ([RFC 9110 section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)).
    ///
    /// ```
    /// # use portcullis::protocol::http::{HttpResponse, read_oauth_error};
    /// # let response = HttpResponse {
    /// #     content_type: Some("application/json".to_owned()),
    /// #     retry_after: Some("120".to_owned()),
    /// #     ..HttpResponse::new(503, r#"{"error":"temporarily_unavailable",
    /// #         "error_description":"back at noon"}"#.to_owned())
    /// # };
    /// let error = read_oauth_error(&response);
    /// assert_eq!(error.retry_after(), Some(120));
    /// ```
    pub fn retry_after(&self) -> Option<u32> {
        self.0.retry_after
    }

    /// Whether the same call may succeed later with nothing changed.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode};
    /// assert!(Error::new(ErrorCode::Network).retryable());
    /// assert!(!Error::new(ErrorCode::SessionEnded).retryable());
    /// ```
    pub fn retryable(&self) -> bool {
        match self.0.code {
            ErrorCode::Network | ErrorCode::Timeout | ErrorCode::InvalidJson => true,
            // A session goes on, whatever it was.
            #[cfg(feature = "js")]
            ErrorCode::WasmUnavailable => true,
            ErrorCode::HttpStatus | ErrorCode::ServerError => {
                matches!(self.0.status, Some(408 | 429 | 500..))
                    || matches!(
                        self.0.oauth_error.as_deref(),
                        Some("temporarily_unavailable" | "server_error")
                    )
            }
            _ => false,
        }
    }

    /// A sentence for developers: the cause, and what it is about.
    ///
    /// ```
    /// # use portcullis::{Error, ErrorCode};
    /// let error = Error::new(ErrorCode::InvalidConfig).about("clientId");
    /// assert_eq!(error.message(), "the configuration is not valid: clientId");
    /// ```
    pub fn message(&self) -> String {
        let mut text = String::from(self.0.code.message());
        for part in [&self.0.about, &self.0.oauth_error].into_iter().flatten() {
            text.push_str(": ");
            text.push_str(part);
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Error {}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

macro_rules! error_codes {
    ($($(#[$when:meta])* $name:ident $code:literal $message:literal)*) => {
        /// The cause of an [`Error`]. The strings are part of the public contract.
        ///
        /// ```
        /// use portcullis::ErrorCode;
        ///
        /// assert_eq!(ErrorCode::SessionEnded.as_str(), "session_ended");
        /// assert_eq!(ErrorCode::from_name("session_ended"), Some(ErrorCode::SessionEnded));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[expect(clippy::doc_markdown, reason = "they are messages, which are not in Markdown")]
        pub enum ErrorCode { $($(#[$when])* #[doc = $message] $name,)* }

        impl ErrorCode {
            /// Every code there is.
            pub const ALL: &[Self] = &[$($(#[$when])* Self::$name,)*];

            /// The code as JavaScript sees it.
            ///
            /// ```
            /// # use portcullis::ErrorCode;
            /// assert_eq!(ErrorCode::IdTokenAtHash.as_str(), "id_token_at_hash");
            /// ```
            pub fn as_str(self) -> &'static str {
                match self { $($(#[$when])* Self::$name => $code,)* }
            }

            fn message(self) -> &'static str {
                match self { $($(#[$when])* Self::$name => $message,)* }
            }

            /// The code of this name.
            ///
            /// ```
            /// # use portcullis::ErrorCode;
            /// assert_eq!(ErrorCode::from_name("timeout"), Some(ErrorCode::Timeout));
            /// assert_eq!(ErrorCode::from_name("Timeout"), None);
            /// ```
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == name)
            }
        }
    };
}

error_codes! {
    InvalidConfig "invalid_config" "the configuration is not valid"
    InsecureUrl "insecure_url" "a URL must be https, or http on localhost"
    Network "network" "the server could not be reached, or CORS forbids this origin"
    Timeout "timeout" "the server did not answer in time"
    Aborted "aborted" "the call was aborted"
    HttpStatus "http_status" "the server answered with an unexpected HTTP status"
    InvalidJson "invalid_json" "the server's answer is not the JSON it should be"
    DiscoveryFailed "discovery_failed" "the server metadata is not usable"
    IssuerMismatch "issuer_mismatch" "the issuer is not the configured one"
    NoTransaction "no_transaction" "this login was not begun here, or was finished long ago"
    TransactionExpired "transaction_expired" "this login was begun more than ten minutes ago"
    StateMismatch "state_mismatch" "state is not that of a login begun here"
    CallbackInvalid "callback_invalid" "the callback is not a valid authorization response"
    AccessDenied "access_denied" "the user or the server denied the request"
    LoginRequired "login_required" "the user has to log in"
    ServerError "server_error" "the server answered with an error"
    TokenResponseInvalid "token_response_invalid" "the token response is not valid"
    TokenTypeUnsupported "token_type_unsupported" "the token type is not the one negotiated"
    IdTokenMissing "id_token_missing" "the token response holds no ID token"
    IdTokenMalformed "id_token_malformed" "the ID token is malformed"
    IdTokenAlg "id_token_alg" "the ID token is signed with an algorithm that is not allowed"
    IdTokenKey "id_token_key" "no key of the server fits the ID token"
    IdTokenSignature "id_token_signature" "the ID token's signature is wrong"
    IdTokenIss "id_token_iss" "the ID token's iss is wrong"
    IdTokenAud "id_token_aud" "the ID token's aud is wrong"
    IdTokenAzp "id_token_azp" "the ID token's azp is wrong"
    IdTokenExp "id_token_exp" "the ID token has expired, or its exp is missing"
    IdTokenIat "id_token_iat" "the ID token's iat is missing or in the future"
    IdTokenNbf "id_token_nbf" "the ID token is not valid yet"
    IdTokenNonce "id_token_nonce" "the ID token's nonce is wrong"
    IdTokenSub "id_token_sub" "the ID token's sub is wrong"
    IdTokenAtHash "id_token_at_hash" "the ID token's at_hash does not fit the access token"
    IdTokenAuthTime "id_token_auth_time" "the ID token's auth_time is missing or too long ago"
    IdTokenAcr "id_token_acr" "the ID token's acr is not one that was asked for"
    UserinfoInvalid "userinfo_invalid" "the signed UserInfo answer is not valid"
    UserinfoSub "userinfo_sub" "the UserInfo answer is about another subject"
    SessionEnded "session_ended" "the session has ended"
    NotAuthenticated "not_authenticated" "nobody is logged in"
    InteractionRequired "interaction_required" "the server needs to ask the user"
    UrlNotAllowed "url_not_allowed" "the URL is not covered by the apis option"
    PopupBlocked "popup_blocked" "the browser blocked the popup"
    PopupClosed "popup_closed" "the popup was closed"
    Unsupported "unsupported" "this browser or server cannot do that"
    #[cfg(feature = "js")]
    WasmUnavailable "wasm_unavailable" "the wasm can't be loaded"
    StorageUnavailable "storage_unavailable" "the browser's storage cannot be used"
    DeviceExpired "device_expired" "the device code has expired"
    UseDpopNonce "use_dpop_nonce" "the server asks for a DPoP nonce"
}

/// The result of everything here that can fail.
pub(crate) type Result<T> = std::result::Result<T, Error>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_by_its_name() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_name(code.as_str()), Some(*code));
        }
    }

    #[test]
    fn only_what_may_pass_by_itself_is_retryable() {
        assert!(Error::new(ErrorCode::Network).retryable());
        assert!(Error::new(ErrorCode::HttpStatus).with_status(503).retryable());
        assert!(Error::new(ErrorCode::HttpStatus).with_status(429).retryable());
        assert!(!Error::new(ErrorCode::HttpStatus).with_status(404).retryable());
        assert!(!Error::new(ErrorCode::SessionEnded).retryable());
    }

    #[test]
    fn the_message_names_what_it_is_about() {
        let error = Error::invalid_config("clientId");
        assert_eq!(error.to_string(), "the configuration is not valid: clientId");
    }
}
