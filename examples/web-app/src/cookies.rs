use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use portcullis::Secret;

/// Who is logged in. The prefix has the browser take it from this very origin only, over TLS or from
/// loopback, for all of its paths.
pub const SESSION: &str = "__Host-session";

/// Whose login is under way.
pub const LOGIN: &str = "__Host-login";

/// Sets a cookie that no script reads and that comes along from other sites by links only.
pub fn set(jar: CookieJar, name: &'static str, value: &Secret) -> CookieJar {
    jar.add(built(name, value.expose().to_owned()))
}

/// Takes a cookie away.
pub fn clear(jar: CookieJar, name: &'static str) -> CookieJar {
    let mut gone = built(name, String::new());
    gone.make_removal();
    jar.add(gone)
}

/// The value of a cookie; empty where there is none.
pub fn value<'a>(jar: &'a CookieJar, name: &str) -> &'a str {
    jar.get(name).map(Cookie::value).unwrap_or_default()
}

fn built(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Lax)
        .build()
}
