use std::fmt;
use std::sync::OnceLock;

use super::error::{InvalidReason, VerifyError, ensure};
use super::request::Scheme;
use crate::protocol::base64url;
use crate::protocol::json::{self, Json, Object};
use crate::protocol::jws::Jws;
use crate::protocol::signing::SigningAlgorithm;

/// A token that was verified, and what it says.
///
/// ```
/// # use portcullis::verify::{AccessToken, Scheme, Verifier, VerifyError};
/// # let verifier =
/// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
/// # let run = async {
/// let token: AccessToken = verifier.verify("mF_9.B5f-4.1JqM").await?;
/// assert_eq!((token.subject(), token.scheme()), ("Z5O3upPC88QrAjx00dis", Scheme::Bearer));
/// assert!(!format!("{token:?}").contains("mF_9.B5f-4.1JqM"));
/// # Ok::<_, VerifyError>(())
/// # };
/// # futures_util::FutureExt::now_or_never(run).unwrap().unwrap();
/// ```
pub struct AccessToken {
    claims: Object,
    /// Taken apart when somebody asks.
    scopes: OnceLock<Vec<String>>,
    expires_at: u64,
    bound_to: Option<String>,
    verified_at: Moment,
}

/// The time of a check, in seconds since the epoch, as the issuer's clock may show it.
#[derive(Clone, Copy)]
struct Moment {
    earliest: f64,
    latest: f64,
}

impl AccessToken {
    fn new(claims: Object, expires_at: u64, bound_to: Option<String>, verified_at: Moment) -> Self {
        Self { claims, scopes: OnceLock::new(), expires_at, bound_to, verified_at }
    }

    /// `sub`: whom the token speaks for.
    ///
    /// ```
    /// # let verifier =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
    /// # let verified = verifier.verify("mF_9.B5f-4.1JqM");
    /// # let token = futures_util::FutureExt::now_or_never(verified).unwrap().unwrap();
    /// assert_eq!(token.subject(), "Z5O3upPC88QrAjx00dis");
    /// ```
    pub fn subject(&self) -> &str {
        self.claims.string("sub").unwrap_or_default()
    }

    /// `client_id`: the client the token was issued to.
    ///
    /// ```
    /// # let verifier =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
    /// # let verified = verifier.verify("mF_9.B5f-4.1JqM");
    /// # let token = futures_util::FutureExt::now_or_never(verified).unwrap().unwrap();
    /// assert_eq!(token.client_id(), "l238j323ds-23ij4");
    /// ```
    pub fn client_id(&self) -> &str {
        self.claims.string("client_id").unwrap_or_default()
    }

    /// `scope`, taken apart.
    ///
    /// ```
    /// # let verifier =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
    /// # let verified = verifier.verify("mF_9.B5f-4.1JqM");
    /// # let token = futures_util::FutureExt::now_or_never(verified).unwrap().unwrap();
    /// assert_eq!(token.scopes(), ["read", "write"]);
    /// ```
    pub fn scopes(&self) -> &[String] {
        self.scopes.get_or_init(|| self.granted().map(str::to_owned).collect())
    }

    fn granted(&self) -> impl Iterator<Item = &str> {
        self.claims.string("scope").unwrap_or_default().split_ascii_whitespace()
    }

    /// `exp`, in seconds since the epoch.
    ///
    /// ```
    /// # let verifier =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
    /// # let verified = verifier.verify("mF_9.B5f-4.1JqM");
    /// # let token = futures_util::FutureExt::now_or_never(verified).unwrap().unwrap();
    /// assert_eq!(token.expires_at(), 1_419_356_238);
    /// ```
    pub fn expires_at(&self) -> u64 {
        self.expires_at
    }

    /// How the token came: one that is bound to a key came with a proof of it.
    ///
    /// ```
    /// # let verifier =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
    /// # let verified = verifier.verify("mF_9.B5f-4.1JqM");
    /// # let token = futures_util::FutureExt::now_or_never(verified).unwrap().unwrap();
    /// assert_eq!(token.scheme().as_str(), "Bearer");
    /// ```
    pub fn scheme(&self) -> Scheme {
        if self.bound_to.is_some() { Scheme::Dpop } else { Scheme::Bearer }
    }

    /// `cnf.jkt`: the thumbprint of the key that the token is bound to
    /// ([RFC 9449 section 6.1](https://www.rfc-editor.org/rfc/rfc9449#section-6.1)).
    ///
    /// ```
    /// # let verifier =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
    /// # let verified = verifier.verify("mF_9.B5f-4.1JqM");
    /// # let token = futures_util::FutureExt::now_or_never(verified).unwrap().unwrap();
    /// assert_eq!(token.bound_to(), None, "whoever has it may use it");
    /// ```
    pub fn bound_to(&self) -> Option<&str> {
        self.bound_to.as_deref()
    }

    /// `acr`: the authentication context class of the user's login.
    ///
    /// ```
    /// # let verifier =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
    /// # let verified = verifier.verify("mF_9.B5f-4.1JqM");
    /// # let token = futures_util::FutureExt::now_or_never(verified).unwrap().unwrap();
    /// assert_eq!(token.acr(), Some("mfa"));
    /// ```
    pub fn acr(&self) -> Option<&str> {
        self.claims.string("acr")
    }

    /// Every claim of the token.
    ///
    /// ```
    /// # let verifier =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
    /// # let verified = verifier.verify("mF_9.B5f-4.1JqM");
    /// # let token = futures_util::FutureExt::now_or_never(verified).unwrap().unwrap();
    /// assert_eq!(token.claims().number("iat"), Some(1_419_350_238.0));
    /// ```
    pub fn claims(&self) -> &Object {
        &self.claims
    }

    /// Refuses a token that does not have all of these scopes.
    ///
    /// ```
    /// # let verifier =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
    /// # let verified = verifier.verify("mF_9.B5f-4.1JqM");
    /// # let token = futures_util::FutureExt::now_or_never(verified).unwrap().unwrap();
    /// assert!(token.require_scopes(&["read"]).is_ok());
    /// let error = token.require_scopes(&["read", "delete"]).unwrap_err();
    /// assert_eq!((error.code(), error.status()), ("insufficient_scope", 403));
    /// ```
    pub fn require_scopes(&self, required: &[&str]) -> Result<(), VerifyError> {
        let has = |scope: &&str| self.granted().any(|granted| granted == *scope);
        if required.iter().all(has) {
            return Ok(());
        }
        let required = required.iter().map(|&scope| scope.to_owned()).collect();
        Err(VerifyError::InsufficientScope { required })
    }

    /// Refuses a token whose user did not log in by one of these authentication context classes, if
    /// there are any, or did so more than `max_age` seconds ago
    /// ([RFC 9470](https://www.rfc-editor.org/rfc/rfc9470)): by its claims `acr` and `auth_time`. A token
    /// without the claim in question is refused.
    ///
    /// ```
    /// # let verifier =
    /// #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/example_verifier.rs"));
    /// # let verified = verifier.verify("mF_9.B5f-4.1JqM");
    /// # let token = futures_util::FutureExt::now_or_never(verified).unwrap().unwrap();
    /// // The user has logged in 40 seconds ago, by two factors.
    /// assert!(token.require_authentication(&["mfa"], Some(300)).is_ok());
    /// let error = token.require_authentication(&["phr"], None).unwrap_err();
    /// assert!(error.challenge().unwrap().ends_with(r#", acr_values="phr""#));
    /// ```
    pub fn require_authentication(
        &self,
        acr_values: &[&str],
        max_age: Option<u32>,
    ) -> Result<(), VerifyError> {
        let is_strong =
            acr_values.is_empty() || self.acr().is_some_and(|a| acr_values.contains(&a));
        let Moment { earliest, latest } = self.verified_at;
        let is_recent = max_age.is_none_or(|seconds| {
            let logged_in_at = self.claims.number("auth_time");
            logged_in_at.is_some_and(|at| at <= latest && earliest <= at + f64::from(seconds))
        });
        if is_strong && is_recent {
            return Ok(());
        }
        let acr_values = acr_values.iter().map(|&acr| acr.to_owned()).collect();
        Err(VerifyError::InsufficientUserAuthentication { acr_values, max_age })
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("subject", &self.subject())
            .field("client_id", &self.client_id())
            .field("scopes", &self.scopes())
            .field("expires_at", &self.expires_at)
            .field("bound_to", &self.bound_to)
            .finish_non_exhaustive()
    }
}

/// What a token has to say to be for this API.
pub struct Expected<'a> {
    /// The issuer, compared as a string.
    pub issuer: &'a str,
    /// The names of this API, one of which the token has to be meant for.
    pub audiences: &'a [String],
    /// The algorithms allowed.
    pub algorithms: &'a [SigningAlgorithm],
    /// Whether it may also be a JSON Web Token of no profile.
    pub any_profile: bool,
    /// The claims it has to have beside those that are always required.
    pub required_claims: &'a [String],
    /// Seconds since the epoch.
    pub now: f64,
    /// Seconds by which the clocks may differ.
    pub leeway: f64,
}

/// A token that says what it has to, and whose signature is still to be checked.
pub struct CheckedClaims {
    pub jws: Jws,
    pub algorithm: SigningAlgorithm,
    expires_at: u64,
    bound_to: Option<String>,
    checked_at: Moment,
}

impl Expected<'_> {
    fn moment(&self) -> Moment {
        Moment { earliest: self.now - self.leeway, latest: self.now + self.leeway }
    }
}

impl CheckedClaims {
    /// The token, for the caller who checked the signature.
    pub fn signature_checked(self) -> AccessToken {
        let Self { jws, expires_at, bound_to, checked_at, .. } = self;
        AccessToken::new(jws.claims, expires_at, bound_to, checked_at)
    }
}

/// Checks everything about a token except its signature, and that its sender has the key it is bound to
/// ([RFC 9068 section 4](https://www.rfc-editor.org/rfc/rfc9068#section-4)).
///
/// It stands before the signature so that a token of another issuer, or one that expired, never makes
/// the verifier look for its key.
pub fn check(token: &str, expected: &Expected<'_>) -> Result<CheckedClaims, VerifyError> {
    let jws = Jws::parse(token).ok_or(InvalidReason::Malformed)?;
    let algorithm = check_header(&jws.header, expected)?;
    let claims = &jws.claims;
    ensure(claims.string("iss") == Some(expected.issuer), InvalidReason::Issuer)?;
    check_audience(claims, expected.audiences)?;
    let issued_at = Some(numeric_date(claims, "iat")?);
    let expires_at = check_times(claims, issued_at, expected)?;
    check_text(claims, "sub")?;
    if !expected.any_profile {
        check_text(claims, "client_id")?;
    }
    check_required(claims, expected.required_claims)?;
    let bound_to = bound_to(claims)?;
    check_scope(claims)?;
    let checked_at = expected.moment();
    Ok(CheckedClaims { jws, algorithm, expires_at, bound_to, checked_at })
}

/// Whether a token does not begin as a JSON Web Token does. A damaged one is not opaque.
pub fn is_opaque(token: &str) -> bool {
    let header = token.split_once('.').and_then(|(header, _)| base64url::decode(header));
    header.and_then(|bytes| json::object(&String::from_utf8(bytes).ok()?)).is_none()
}

/// Checks what the authorization server said of an active token
/// ([RFC 7662 section 4](https://www.rfc-editor.org/rfc/rfc7662#section-4)). It need not repeat its
/// own name, and has to say everything else that a JSON Web Token says, but when it was issued.
pub fn check_introspected(
    claims: Object,
    expected: &Expected<'_>,
) -> Result<AccessToken, VerifyError> {
    let issuer = claims.get("iss").map(Json::as_str);
    ensure(issuer.is_none_or(|iss| iss == Some(expected.issuer)), InvalidReason::Issuer)?;
    check_audience(&claims, expected.audiences)?;
    let issued_at = claims.get("iat").map(|_| numeric_date(&claims, "iat")).transpose()?;
    let expires_at = check_times(&claims, issued_at, expected)?;
    check_text(&claims, "sub")?;
    check_text(&claims, "client_id")?;
    check_required(&claims, expected.required_claims)?;
    let bound_to = bound_to(&claims)?;
    let is_dpop = claims.string("token_type").is_some_and(|t| t.eq_ignore_ascii_case("dpop"));
    ensure(!is_dpop || bound_to.is_some(), InvalidReason::SenderConstrained)?;
    check_scope(&claims)?;
    Ok(AccessToken::new(claims, expires_at, bound_to, expected.moment()))
}

fn check_text(claims: &Object, name: &'static str) -> Result<(), InvalidReason> {
    let present = claims.string(name).is_some_and(|value| !value.is_empty());
    ensure(present, InvalidReason::Claim(name))
}

fn check_required(claims: &Object, names: &[String]) -> Result<(), InvalidReason> {
    let is_there = |name: &String| claims.get(name).is_some_and(|value| *value != Json::Null);
    ensure(names.iter().all(is_there), InvalidReason::RequiredClaim)
}

fn check_header(
    header: &Object,
    expected: &Expected<'_>,
) -> Result<SigningAlgorithm, InvalidReason> {
    let is = |typ: &str, names: &[&str]| names.iter().any(|name| typ.eq_ignore_ascii_case(name));
    let is_of_type = match header.get("typ").map(Json::as_str) {
        Some(Some(typ)) => {
            is(typ, &["at+jwt", "application/at+jwt"]) || expected.any_profile && is(typ, &["JWT"])
        }
        Some(None) => false,
        None => expected.any_profile,
    };
    ensure(is_of_type, InvalidReason::Type)?;
    let kid_is_valid = header.get("kid").is_none_or(|kid| kid.as_str().is_some());
    ensure(kid_is_valid, InvalidReason::Malformed)?;
    header
        .string("alg")
        .and_then(SigningAlgorithm::from_name)
        .filter(|algorithm| expected.algorithms.contains(algorithm))
        .ok_or(InvalidReason::Algorithm)
}

fn check_audience(claims: &Object, ours: &[String]) -> Result<(), InvalidReason> {
    let named = claims.get("aud").and_then(Json::one_or_many).unwrap_or_default();
    ensure(named.iter().any(|name| ours.iter().any(|our| our == name)), InvalidReason::Audience)
}

/// Checks `exp`, `iat` and `nbf`, and gives `exp`.
fn check_times(
    claims: &Object,
    issued_at: Option<f64>,
    expected: &Expected<'_>,
) -> Result<u64, VerifyError> {
    let Expected { now, leeway, .. } = *expected;
    let expires_at = numeric_date(claims, "exp")?;
    let not_before = claims.get("nbf").map(|_| numeric_date(claims, "nbf")).transpose()?;
    if now >= expires_at + leeway {
        return Err(VerifyError::TokenExpired);
    }
    let begun = [issued_at, not_before].into_iter().flatten().all(|at| at <= now + leeway);
    ensure(begun, InvalidReason::NotYetValid)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    Ok(expires_at as u64)
}

/// A `NumericDate` ([RFC 7519 section 2](https://www.rfc-editor.org/rfc/rfc7519#section-2)) of which
/// every second can be told apart.
fn numeric_date(claims: &Object, name: &'static str) -> Result<f64, InvalidReason> {
    const LAST: f64 = 9_007_199_254_740_991.0;
    let date = claims.number(name).filter(|seconds| (0.0..=LAST).contains(seconds));
    date.ok_or(InvalidReason::Claim(name))
}

/// The one confirmation that can be checked here. A token with any other, beside it too, is bound to
/// something that nobody here has a proof of.
fn bound_to(claims: &Object) -> Result<Option<String>, InvalidReason> {
    let Some(confirmation) = claims.get("cnf") else { return Ok(None) };
    let members = confirmation.as_object().ok_or(InvalidReason::Claim("cnf"))?;
    match members.string("jkt") {
        Some(thumbprint) if members.iter().count() == 1 => Ok(Some(thumbprint.to_owned())),
        _ => Err(InvalidReason::SenderConstrained),
    }
}

fn check_scope(claims: &Object) -> Result<(), InvalidReason> {
    let is_text = claims.get("scope").is_none_or(|scope| scope.as_str().is_some());
    ensure(is_text, InvalidReason::Claim("scope"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: f64 = 1_700_000_000.0;

    fn check_with(
        header: &[(&str, &str)],
        claims: &[(&str, &str)],
    ) -> Result<AccessToken, VerifyError> {
        let part = |text: &str, changes: &[(&str, &str)]| {
            let mut object = json::object(text).unwrap();
            for (name, value) in changes {
                let value = json::object(&format!("{{\"x\":{value}}}")).unwrap();
                object.set(name, value.get("x").unwrap().clone());
            }
            base64url::encode(object.to_text().as_bytes())
        };
        let header = part(r#"{"typ":"at+jwt","alg":"ES256","kid":"a"}"#, header);
        let claims = part(
            r#"{"iss":"https://as.example","aud":"https://api.example","sub":"alice",
                "client_id":"spa","exp":1700000060,"iat":1700000000,"scope":"openid orders"}"#,
            claims,
        );
        let expected = Expected {
            issuer: "https://as.example",
            audiences: &["https://api.example".to_owned()],
            algorithms: &[SigningAlgorithm::Rs256, SigningAlgorithm::Es256],
            any_profile: false,
            required_claims: &[],
            now: NOW,
            leeway: 5.0,
        };
        check(&format!("{header}.{claims}.AA"), &expected).map(CheckedClaims::signature_checked)
    }

    fn refused(name: &str, value: &str) -> VerifyError {
        check_with(&[], &[(name, value)]).unwrap_err()
    }

    #[test]
    fn a_good_token_is_read() {
        let token = check_with(&[], &[]).unwrap();
        assert_eq!((token.subject(), token.client_id()), ("alice", "spa"));
        assert_eq!(token.scopes(), ["openid", "orders"]);
        assert_eq!(token.expires_at(), 1_700_000_060);
        assert_eq!(token.claims().string("iss"), Some("https://as.example"));
    }

    #[test]
    fn typ_is_at_jwt_in_any_case() {
        for typ in [r#""AT+JWT""#, r#""application/at+jwt""#, r#""Application/AT+jwt""#] {
            assert!(check_with(&[("typ", typ)], &[]).is_ok(), "{typ}");
        }
        for typ in ["null", r#""JWT""#, r#""dpop+jwt""#, r#""at+jwt ""#, r#"["at+jwt"]"#] {
            let error = check_with(&[("typ", typ)], &[]).unwrap_err();
            assert_eq!(error, InvalidReason::Type.into(), "{typ}");
        }
    }

    #[test]
    fn only_the_allowed_algorithms_are() {
        for alg in ["null", r#""none""#, r#""None""#, r#""HS256""#, r#""es256""#, r#""EdDSA""#] {
            let error = check_with(&[("alg", alg)], &[]).unwrap_err();
            assert_eq!(error, InvalidReason::Algorithm.into(), "{alg}");
        }
    }

    #[test]
    fn the_issuer_is_compared_as_a_string() {
        for iss in [
            r#""https://as.example/""#,
            r#""HTTPS://as.example""#,
            "null",
            r#"["https://as.example"]"#,
        ] {
            assert_eq!(refused("iss", iss), InvalidReason::Issuer.into(), "{iss}");
        }
    }

    #[test]
    fn the_audience_holds_this_api() {
        assert!(check_with(&[], &[("aud", r#"["other","https://api.example"]"#)]).is_ok());
        for aud in [
            r#""other""#,
            "[]",
            "null",
            r#""https://api.example/""#,
            r#"[7,"https://api.example"]"#,
        ] {
            assert_eq!(refused("aud", aud), InvalidReason::Audience.into(), "{aud}");
        }
    }

    #[test]
    fn times_hold_within_the_leeway() {
        assert!(check_with(&[], &[("exp", "1699999996")]).is_ok());
        assert_eq!(refused("exp", "1699999995"), VerifyError::TokenExpired);
        for name in ["iat", "nbf"] {
            assert!(check_with(&[], &[(name, "1700000005")]).is_ok());
            assert_eq!(refused(name, "1700000006"), InvalidReason::NotYetValid.into());
        }
        for name in ["exp", "iat", "nbf"] {
            for value in [r#""1700000000""#, "-1", "1e300", "null"] {
                assert_eq!(
                    refused(name, value),
                    InvalidReason::Claim(name).into(),
                    "{name} {value}"
                );
            }
        }
    }

    #[test]
    fn a_subject_and_a_client_are_named() {
        for name in ["sub", "client_id"] {
            for value in ["null", "7", r#""""#] {
                assert_eq!(refused(name, value), InvalidReason::Claim(name).into());
            }
        }
    }

    #[test]
    fn a_token_is_bound_to_a_key_by_its_thumbprint_and_by_nothing_else() {
        let token = check_with(&[], &[("cnf", r#"{"jkt":"a"}"#)]).unwrap();
        assert_eq!((token.scheme(), token.bound_to()), (Scheme::Dpop, Some("a")));
        assert_eq!(check_with(&[], &[]).unwrap().scheme(), Scheme::Bearer);
        for cnf in ["{}", r#"{"jkt":7}"#, r#"{"x5t#S256":"a"}"#, r#"{"jkt":"a","x5t#S256":"a"}"#] {
            assert_eq!(refused("cnf", cnf), InvalidReason::SenderConstrained.into(), "{cnf}");
        }
        for cnf in ["null", "[]", r#""a""#] {
            assert_eq!(refused("cnf", cnf), InvalidReason::Claim("cnf").into(), "{cnf}");
        }
    }

    #[test]
    fn a_required_claim_is_there_and_not_null() {
        let claims = json::object(r#"{"a":false,"b":null}"#).unwrap();
        let check = |name: &str| check_required(&claims, &[name.to_owned()]);
        assert_eq!(check("a"), Ok(()));
        assert_eq!(check("b"), Err(InvalidReason::RequiredClaim));
        assert_eq!(check("c"), Err(InvalidReason::RequiredClaim));
    }

    #[test]
    fn a_strong_and_recent_login_is_one_within_the_leeway() {
        let of = |acr: &str, auth_time: &str| {
            check_with(&[], &[("acr", acr), ("auth_time", auth_time)]).unwrap()
        };
        let token = of(r#""gold""#, "1699999935");
        assert_eq!(token.require_authentication(&[], None), Ok(()));
        assert_eq!(token.require_authentication(&["silver", "gold"], Some(60)), Ok(()));
        for (acr_values, max_age) in [(&["silver"][..], None), (&["gold"], Some(59))] {
            let error = token.require_authentication(acr_values, max_age).unwrap_err();
            let acr_values = acr_values.iter().map(|&acr| acr.to_owned()).collect();
            assert_eq!(error, VerifyError::InsufficientUserAuthentication { acr_values, max_age });
        }
        assert!(of("null", "1").require_authentication(&["gold"], None).is_err());
        for auth_time in ["null", r#""1700000000""#, "1700000006", "-1e300", "1e300"] {
            let token = of(r#""gold""#, auth_time);
            assert!(token.require_authentication(&[], Some(60)).is_err(), "{auth_time}");
        }
    }

    #[test]
    fn scopes_are_asked_for_whole() {
        let token = check_with(&[], &[]).unwrap();
        assert_eq!(token.require_scopes(&["orders", "openid"]), Ok(()));
        let error = token.require_scopes(&["order"]).unwrap_err();
        assert_eq!((error.code(), error.status()), ("insufficient_scope", 403));
        assert_eq!(refused("scope", r#"["openid"]"#), InvalidReason::Claim("scope").into());
    }
}
