//! The client credentials grant ([RFC 6749 section 4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)),
//! for programs that can keep a secret: not for browsers.

use super::client_authentication::ClientAuthentication;
use super::form::Form;
use super::http::HttpRequest;

/// The token request. [`super::token::read_response`] reads the answer.
///
/// ```
/// use portcullis::Secret;
/// use portcullis::protocol::client_authentication::ClientAuthentication;
/// use portcullis::protocol::client_credentials;
///
/// let secret = Secret::new("7Fjfp0ZBr1KtDRbnfVdmIw".to_owned());
/// let request = client_credentials::request(
///     "https://server.example.com/token",
///     "s6BhdRkqt3",
///     &ClientAuthentication::SecretBasic(&secret),
///     Some("orders"),
///     &[],
/// );
/// assert_eq!(request.form.unwrap().as_str(), "grant_type=client_credentials&scope=orders");
/// ```
pub fn request(
    endpoint: &str,
    client_id: &str,
    authentication: &ClientAuthentication<'_>,
    scope: Option<&str>,
    resource: &[String],
) -> HttpRequest {
    let form = Form::new()
        .with("grant_type", "client_credentials")
        .with_some("scope", scope)
        .with_each("resource", resource);
    let (form, authorization) = authentication.apply(client_id, form);
    HttpRequest { authorization, ..HttpRequest::post(endpoint, form.finish()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn each_way_of_authentication_puts_the_secret_in_its_place() {
        let secret = Secret::new("s3cr:t/".to_owned());
        let send = |authentication: ClientAuthentication<'_>| {
            let request =
                request("https://as.example/token", "my client", &authentication, None, &[]);
            let form = request.form.as_ref().unwrap().to_string();
            assert!(!format!("{request:?} {authentication:?}").contains("s3cr"));
            (form, request.authorization.map(|header| header.expose().to_owned()))
        };
        // base64 of `my+client:s3cr%3At%2F`
        let basic = Some("Basic bXkrY2xpZW50OnMzY3IlM0F0JTJG".to_owned());
        let grant = "grant_type=client_credentials";
        assert_eq!(send(ClientAuthentication::SecretBasic(&secret)), (grant.to_owned(), basic));
        let (form, header) = send(ClientAuthentication::SecretPost(&secret));
        assert_eq!(form, format!("{grant}&client_id=my+client&client_secret=s3cr%3At%2F"));
        assert!(header.is_none());
        let (form, _) = send(ClientAuthentication::PrivateKeyJwt(&secret));
        assert!(form.contains("client_assertion=s3cr%3At%2F"));
    }
}
