//! How a confidential client proves who it is, for programs that can keep a secret: not for browsers.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::base64url;
use super::form::Form;
use super::http::HttpRequest;
use super::json::{Json, Object};
use super::signing::SigningAlgorithm;
use crate::secret::Secret;

/// How long an assertion may be used, in seconds.
const ASSERTION_LIFETIME: f64 = 60.0;

/// Client authentication at the token, introspection and revocation endpoints
/// ([RFC 6749 section 2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3),
/// [RFC 7523 section 2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2)).
///
/// ```
/// use portcullis::Secret;
/// use portcullis::protocol::client_authentication::ClientAuthentication;
/// use portcullis::protocol::client_credentials;
///
/// let secret = Secret::new("gX1fBat3bV".to_owned());
/// let authentication = ClientAuthentication::SecretBasic(&secret);
/// let endpoint = "https://server.example.com/token";
/// let request = client_credentials::request(endpoint, "s6BhdRkqt3", &authentication, None, &[]);
/// assert_eq!(request.authorization.unwrap().expose(), "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");
/// assert_eq!(format!("{authentication:?}"), "[redacted]");
/// ```
pub enum ClientAuthentication<'a> {
    /// `client_secret_basic`
    SecretBasic(&'a Secret),
    /// `client_secret_post`
    SecretPost(&'a Secret),
    /// `private_key_jwt`: an assertion that the caller has signed.
    PrivateKeyJwt(&'a Secret),
}

impl ClientAuthentication<'_> {
    /// The same request with what proves who the client is, in place of the bare `client_id` by which
    /// a public client would send it.
    ///
    /// ```
    /// use portcullis::Secret;
    /// use portcullis::protocol::client_authentication::ClientAuthentication;
    /// use portcullis::protocol::revocation;
    ///
    /// let token = Secret::new("45ghiukldjahdnhzdauz".to_owned());
    /// let public = revocation::request("https://server.example.com/revoke", "s6BhdRkqt3", &token);
    /// let secret = Secret::new("7Fjfp0ZBr1KtDRbnfVdmIw".to_owned());
    /// let request = ClientAuthentication::SecretPost(&secret).add_to("s6BhdRkqt3", &public);
    /// assert_eq!(
    ///     request.form.unwrap().as_str(),
    ///     "token=45ghiukldjahdnhzdauz&token_type_hint=refresh_token\
    ///      &client_id=s6BhdRkqt3&client_secret=7Fjfp0ZBr1KtDRbnfVdmIw"
    /// );
    /// ```
    pub fn add_to(&self, client_id: &str, request: &HttpRequest) -> HttpRequest {
        let form = request.form.as_ref().map_or("", |form| form.as_str());
        let form = form_urlencoded::parse(form.as_bytes())
            .filter(|(name, _)| name != "client_id")
            .fold(Form::new(), |form, (name, value)| form.with(&name, &value));
        let (form, authorization) = self.apply(client_id, form);
        HttpRequest { authorization, ..HttpRequest::post(&request.url, form.finish()) }
    }

    /// Adds what goes into the form, and gives what goes into the `Authorization` header.
    pub(super) fn apply(&self, client_id: &str, form: Form) -> (Form, Option<Secret>) {
        match self {
            Self::SecretBasic(secret) => {
                let encode = |text: &str| {
                    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
                };
                let pair =
                    Secret::new(format!("{}:{}", encode(client_id), encode(secret.expose())));
                (form, Some(Secret::new(format!("Basic {}", STANDARD.encode(pair.expose())))))
            }
            Self::SecretPost(secret) => {
                (form.with("client_id", client_id).with("client_secret", secret.expose()), None)
            }
            Self::PrivateKeyJwt(assertion) => {
                const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                let form = form.with("client_id", client_id).with("client_assertion_type", TYPE);
                (form.with("client_assertion", assertion.expose()), None)
            }
        }
    }
}

/// What a client signs to prove who it is
/// ([RFC 7523 section 3](https://www.rfc-editor.org/rfc/rfc7523#section-3)).
///
/// ```
/// use portcullis::protocol::client_authentication::Assertion;
/// use portcullis::protocol::jws::Jws;
/// use portcullis::protocol::signing::SigningAlgorithm;
///
/// let assertion = Assertion {
///     algorithm: SigningAlgorithm::Es256,
///     kid: Some("16"),
///     client_id: "https://jwt-rp.example.net",
///     audience: "https://jwt-idp.example.com",
///     jti: &[7; 16],
///     now: 1_300_815_780.0,
/// };
/// // In place of "c2ln": the signature over it.
/// let jws = Jws::parse(&format!("{}.c2ln", assertion.signing_input())).unwrap();
/// assert_eq!(jws.claims.string("aud"), Some("https://jwt-idp.example.com"));
/// assert_eq!(jws.claims.number("exp"), Some(1_300_815_840.0));
/// ```
pub struct Assertion<'a> {
    /// The algorithm it is signed with.
    pub algorithm: SigningAlgorithm,
    /// The identifier of the key.
    pub kid: Option<&'a str>,
    /// The client.
    pub client_id: &'a str,
    /// Who it is for: the issuer identifier of the authorization server.
    pub audience: &'a str,
    /// 16 random bytes that make it unique.
    pub jti: &'a [u8; 16],
    /// Seconds since the epoch.
    pub now: f64,
}

impl Assertion<'_> {
    /// What is to be signed. The assertion is this, a point, and the signature in base64url.
    ///
    /// ```
    /// # use portcullis::protocol::client_authentication::Assertion;
    /// # use portcullis::protocol::{base64url, signing::SigningAlgorithm};
    /// # let assertion = Assertion {
    /// #     algorithm: SigningAlgorithm::Es256,
    /// #     kid: Some("16"),
    /// #     client_id: "https://jwt-rp.example.net",
    /// #     audience: "https://jwt-idp.example.com",
    /// #     jti: &[7; 16],
    /// #     now: 1_300_815_780.0,
    /// # };
    /// let input = assertion.signing_input();
    /// let header = base64url::decode(input.split('.').next().unwrap()).unwrap();
    /// assert_eq!(header, br#"{"typ":"JWT","alg":"ES256","kid":"16"}"#);
    /// ```
    pub fn signing_input(&self) -> String {
        let mut header = Object::default();
        header.set("typ", Json::from("JWT"));
        header.set("alg", Json::from(self.algorithm.as_str()));
        if let Some(kid) = self.kid {
            header.set("kid", Json::from(kid));
        }
        let mut claims = Object::default();
        claims.set("iss", Json::from(self.client_id));
        claims.set("sub", Json::from(self.client_id));
        claims.set("aud", Json::from(self.audience));
        claims.set("jti", Json::from(base64url::encode(self.jti).as_str()));
        claims.set("iat", Json::Number(self.now.floor()));
        claims.set("exp", Json::Number(self.now.floor() + ASSERTION_LIFETIME));
        let encode = |object: &Object| base64url::encode(object.to_text().as_bytes());
        format!("{}.{}", encode(&header), encode(&claims))
    }
}

impl fmt::Debug for ClientAuthentication<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
