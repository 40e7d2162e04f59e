//! Logging out at the server
//! ([OpenID Connect RP-Initiated Logout 1.0](https://openid.net/specs/openid-connect-rpinitiated-1_0.html)).

use super::callback;
use super::form::{self, Form, Parameters};
use crate::secret::Secret;

/// The parameters that the request sets itself and that nobody else may. `state` is the caller's to set.
pub const OWN_PARAMETERS: [&str; 3] = ["client_id", "id_token_hint", "post_logout_redirect_uri"];

/// The URL to send the user to; `state` comes back with the user, where there is a
/// `post_logout_redirect_uri`.
///
/// ```
/// use portcullis::{Secret, protocol::end_session};
///
/// let state = Secret::new("af0ifjsldkj".to_owned());
/// let back = Some("https://app.example/");
/// let url = end_session::url("https://as.example/logout", "spa", None, back, Some(&state), &[]);
/// assert_eq!(
///     url,
///     "https://as.example/logout?client_id=spa\
///      &post_logout_redirect_uri=https%3A%2F%2Fapp.example%2F&state=af0ifjsldkj"
/// );
/// ```
pub fn url(
    endpoint: &str,
    client_id: &str,
    id_token_hint: Option<&str>,
    post_logout_redirect_uri: Option<&str>,
    state: Option<&Secret>,
    more: &[(String, String)],
) -> String {
    let form = Form::new()
        .with("client_id", client_id)
        .with_some("id_token_hint", id_token_hint)
        .with_some("post_logout_redirect_uri", post_logout_redirect_uri)
        .with_some("state", state.map(Secret::expose));
    more.iter().fold(form, |form, (name, value)| form.with(name, value)).append_to(endpoint)
}

/// The `state` of a URL that the server may have sent the user back to; an authorization response is
/// none.
///
/// ```
/// use portcullis::protocol::end_session;
///
/// let state = end_session::state("https://app.example/?state=af0ifjsldkj").unwrap();
/// assert_eq!(state.expose(), "af0ifjsldkj");
/// assert!(end_session::state("https://app.example/?state=xyz&code=c").is_none());
/// ```
pub fn state(url: &str) -> Option<Secret> {
    let (query, _) = form::query_and_fragment(url);
    let state = Parameters::parse(query).get("state").ok()??.to_owned();
    (!callback::is_response(url)).then(|| Secret::new(state))
}

/// `url` without `state`.
///
/// ```
/// use portcullis::protocol::end_session;
///
/// let url = "https://app.example/?tab=2&state=af0ifjsldkj";
/// assert_eq!(end_session::clean_url(url), "https://app.example/?tab=2");
/// ```
pub fn clean_url(url: &str) -> String {
    form::without_parameters(url, &["state"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_holds_state_only_where_there_is_one() {
        let state = Secret::new("s t".to_owned());
        let url = |state| url("https://as.example/end", "spa", None, Some("x:y"), state, &[]);
        assert_eq!(
            url(Some(&state)),
            "https://as.example/end?client_id=spa&post_logout_redirect_uri=x%3Ay&state=s+t"
        );
        assert!(!url(None).contains("state"));
    }

    #[test]
    fn only_one_state_and_no_authorization_response_is_read() {
        assert_eq!(state("https://a.example/?x=1&state=s#y").unwrap().expose(), "s");
        for url in [
            "https://a.example/",
            "https://a.example/#state=s",
            "https://a.example/?state=s&state=t",
            "https://a.example/?state=s&code=c",
            "https://a.example/?state=s&error=e",
        ] {
            assert!(state(url).is_none(), "{url}");
        }
    }
}
