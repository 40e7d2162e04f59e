//! How a confidential client proves who it is, for programs that can keep a secret: not for browsers.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::form::Form;
use crate::secret::Secret;

/// Client authentication at the token, introspection and revocation endpoints
/// ([RFC 6749 section 2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3),
/// [RFC 7523 section 2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2)).
pub enum ClientAuthentication<'a> {
    /// `client_secret_basic`
    SecretBasic(&'a Secret),
    /// `client_secret_post`
    SecretPost(&'a Secret),
    /// `private_key_jwt`: an assertion that the caller has signed.
    PrivateKeyJwt(&'a Secret),
}

impl ClientAuthentication<'_> {
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

impl fmt::Debug for ClientAuthentication<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
