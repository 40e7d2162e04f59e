//! Logging out at the server
//! ([OpenID Connect RP-Initiated Logout 1.0](https://openid.net/specs/openid-connect-rpinitiated-1_0.html)).

use super::form::Form;

/// The URL to send the user to.
pub fn url(
    endpoint: &str,
    client_id: &str,
    id_token_hint: Option<&str>,
    post_logout_redirect_uri: Option<&str>,
    more: &[(String, String)],
) -> String {
    let form = Form::new()
        .with("client_id", client_id)
        .with_some("id_token_hint", id_token_hint)
        .with_some("post_logout_redirect_uri", post_logout_redirect_uri);
    more.iter().fold(form, |form, (name, value)| form.with(name, value)).append_to(endpoint)
}
