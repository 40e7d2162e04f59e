//! ID tokens ([OpenID Connect Core section 2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)).

use super::json::{Json, Object};
use super::jws::Jws;
use super::signed::{self, CheckedClaims};
use super::signing::SigningAlgorithm;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// What `typ` says of a JWT that is something else
/// ([IANA, media types](https://www.iana.org/assignments/media-types/media-types.xhtml)).
const OTHER_KINDS: [&str; 6] = [
    "at+jwt",
    "dpop+jwt",
    "logout+jwt",
    "secevent+jwt",
    "oauth-authz-req+jwt",
    "token-introspection+jwt",
];

/// What an ID token has to say to be ours.
///
/// ```
/// use portcullis::protocol::id_token::{self, Expected, Grant};
/// use portcullis::protocol::signing::SigningAlgorithm;
/// use portcullis::{ErrorCode, Secret};
///
/// let nonce = Secret::new("n-0S6_WzA2Mj".to_owned());
/// let expected = Expected {
///     issuer: "https://server.example.com",
///     client_id: "s6BhdRkqt3",
///     algorithms: &[SigningAlgorithm::Rs256],
///     now: 1_311_280_971.0,
///     tolerance: 30.0,
///     grant: Grant::Code { nonce: &nonce, max_age: None, acr: &[], asked: None },
/// };
/// let error = id_token::check("2YotnFZFEjr1zCsicMWpAA", &expected).unwrap_err();
/// assert_eq!(error.code(), ErrorCode::IdTokenMalformed);
/// ```
pub struct Expected<'a> {
    /// The issuer, compared as a string.
    pub issuer: &'a str,
    /// Our client identifier: the audience.
    pub client_id: &'a str,
    /// The algorithms allowed.
    pub algorithms: &'a [SigningAlgorithm],
    /// Seconds since the epoch.
    pub now: f64,
    /// Seconds by which the clocks may differ.
    pub tolerance: f64,
    /// Where the ID token came from.
    pub grant: Grant<'a>,
}

/// The grant whose response holds the ID token.
///
/// ```
/// use portcullis::ErrorCode;
/// use portcullis::protocol::id_token::{self, Grant};
/// # use portcullis::protocol::{base64url, json, signing::SigningAlgorithm};
/// # let claims = r#"{"iss":"https://server.example.com","sub":"24400320","aud":"s6BhdRkqt3",
/// #     "exp":1311281970,"iat":1311280970}"#;
/// # let parts = [r#"{"alg":"RS256"}"#, claims, "signature"];
/// # let text = parts.map(|part| base64url::encode(part.as_bytes())).join(".");
/// # let expected = |grant| id_token::Expected {
/// #     issuer: "https://server.example.com",
/// #     client_id: "s6BhdRkqt3",
/// #     algorithms: &[SigningAlgorithm::Rs256],
/// #     now: 1_311_280_971.0,
/// #     tolerance: 30.0,
/// #     grant,
/// # };
///
/// let previous =
///     json::object(r#"{"iss":"https://server.example.com","sub":"another","aud":"s6BhdRkqt3"}"#);
/// let refresh = Grant::Refresh { previous: previous.as_ref().unwrap() };
/// assert!(id_token::check(&text, &expected(Grant::Device)).is_ok());
/// let error = id_token::check(&text, &expected(refresh)).unwrap_err();
/// assert_eq!(error.code(), ErrorCode::IdTokenSub);
/// ```
pub enum Grant<'a> {
    /// The authorization code.
    Code {
        /// The nonce of the authorization request.
        nonce: &'a Secret,
        /// `max_age` of the authorization request, in seconds.
        max_age: Option<f64>,
        /// The values of `acr` of which one is essential; none: any will do.
        acr: &'a [String],
        /// `id_token` of the `claims` parameter
        /// ([section 5.5](https://openid.net/specs/openid-connect-core-1_0.html#ClaimsParameter)).
        asked: Option<&'a Object>,
    },
    /// A device code, which knows no nonce ([RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)).
    Device,
    /// A refresh of the session that this ID token's claims began
    /// ([section 12.2](https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse)).
    Refresh {
        /// The claims of the session's ID token.
        previous: &'a Object,
    },
}

/// Checks everything about an ID token except its hashes and its signature
/// ([section 3.1.3.7](https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation)).
///
/// The algorithm is checked against those allowed here, so the caller only has to find the key.
///
/// ```
/// use portcullis::protocol::{id_token, signing::SigningAlgorithm};
/// # use portcullis::{ErrorCode, Secret};
/// # use portcullis::protocol::base64url;
/// # let claims = r#"{"iss":"https://server.example.com","sub":"24400320","aud":"s6BhdRkqt3",
/// #     "nonce":"n-0S6_WzA2Mj","exp":1311281970,"iat":1311280970}"#;
/// # let parts = [r#"{"alg":"RS256","kid":"1e9gdk7"}"#, claims, "signature"];
/// # let text = parts.map(|part| base64url::encode(part.as_bytes())).join(".");
/// # let nonce = Secret::new("n-0S6_WzA2Mj".to_owned());
/// # let expected = id_token::Expected {
/// #     issuer: "https://server.example.com",
/// #     client_id: "s6BhdRkqt3",
/// #     algorithms: &[SigningAlgorithm::Rs256],
/// #     now: 1_311_280_971.0,
/// #     tolerance: 30.0,
/// #     grant: id_token::Grant::Code { nonce: &nonce, max_age: None, acr: &[], asked: None },
/// # };
///
/// let checked = id_token::check(&text, &expected).unwrap();
/// // The key to check its signature with:
/// assert_eq!((checked.kid(), checked.algorithm()), (Some("1e9gdk7"), SigningAlgorithm::Rs256));
/// let late = id_token::Expected { now: 1_311_282_001.0, ..expected };
/// assert_eq!(id_token::check(&text, &late).unwrap_err().code(), ErrorCode::IdTokenExp);
/// ```
pub fn check(text: &str, expected: &Expected<'_>) -> Result<CheckedClaims> {
    let jws = Jws::parse(text).ok_or(ErrorCode::IdTokenMalformed)?;
    if jws.header.get("kid").is_some_and(|kid| kid.as_str().is_none()) {
        return Err(ErrorCode::IdTokenMalformed.into());
    }
    check_typ(&jws.header)?;
    let algorithm = signed::algorithm(&jws, expected.algorithms).ok_or(ErrorCode::IdTokenAlg)?;
    let claims = &jws.claims;
    check_iss(claims, expected)?;
    check_aud(claims, expected)?;
    check_sub(claims)?;
    match &expected.grant {
        Grant::Code { nonce, max_age, acr, asked } => {
            check_acr(claims, acr)?;
            check_times(claims, expected.now, expected.now, expected.tolerance)?;
            check_nonce(claims, nonce)?;
            check_auth_time(claims, *max_age, expected)?;
            if let Some(asked) = asked {
                check_asked(claims, asked)?;
            }
        }
        Grant::Device => check_times(claims, expected.now, expected.now, expected.tolerance)?,
        Grant::Refresh { previous } => {
            check_times_of_refresh(claims, expected.tolerance)?;
            check_same_session(claims, previous)?;
        }
    }
    Ok(CheckedClaims::new(jws, algorithm))
}

/// A token of another kind is none, whatever it claims
/// ([RFC 8725 section 3.11](https://www.rfc-editor.org/rfc/rfc8725#section-3.11)). OpenID Connect has no
/// `typ` of its own, so that any other will do.
fn check_typ(header: &Object) -> Result<()> {
    let typ = header.string("typ").unwrap_or_default().to_ascii_lowercase();
    let kind = typ.strip_prefix("application/").unwrap_or(&typ);
    let holds = !OTHER_KINDS.contains(&kind);
    if holds { Ok(()) } else { Err(Error::new(ErrorCode::IdTokenMalformed).about("typ")) }
}

fn check_iss(claims: &Object, expected: &Expected<'_>) -> Result<()> {
    ensure(claims.string("iss") == Some(expected.issuer), ErrorCode::IdTokenIss)
}

fn check_aud(claims: &Object, expected: &Expected<'_>) -> Result<()> {
    let audiences = claims.get("aud").and_then(Json::one_or_many).unwrap_or_default();
    ensure(audiences.contains(&expected.client_id), ErrorCode::IdTokenAud)?;
    let is_ours = |name: &str| name == expected.client_id;
    let holds = match claims.get("azp") {
        Some(azp) => azp.as_str().is_some_and(is_ours),
        None => audiences.into_iter().all(is_ours),
    };
    ensure(holds, ErrorCode::IdTokenAzp)
}

fn check_sub(claims: &Object) -> Result<()> {
    let valid = |sub: &str| (1..=255).contains(&sub.len()) && sub.is_ascii();
    ensure(claims.string("sub").is_some_and(valid), ErrorCode::IdTokenSub)
}

/// `exp` after the one moment, `iat` and `nbf` not after the other, give or take the tolerance.
fn check_times(claims: &Object, earliest: f64, latest: f64, tolerance: f64) -> Result<()> {
    let exp = claims.number("exp").ok_or(ErrorCode::IdTokenExp)?;
    ensure(earliest < exp + tolerance, ErrorCode::IdTokenExp)?;
    let iat = claims.number("iat").ok_or(ErrorCode::IdTokenIat)?;
    ensure(iat <= latest + tolerance, ErrorCode::IdTokenIat)?;
    match claims.get("nbf") {
        Some(Json::Number(nbf)) => ensure(*nbf <= latest + tolerance, ErrorCode::IdTokenNbf),
        Some(_) => Err(ErrorCode::IdTokenNbf.into()),
        None => Ok(()),
    }
}

/// The ID token of a refresh is measured against itself: it had not expired when it was issued. It
/// comes straight from the server, and whoever sets the clock of this device must not lose a session
/// whose refresh token is already spent.
fn check_times_of_refresh(claims: &Object, tolerance: f64) -> Result<()> {
    let iat = claims.number("iat").ok_or(ErrorCode::IdTokenIat)?;
    check_times(claims, iat, iat, tolerance)
}

fn check_nonce(claims: &Object, nonce: &Secret) -> Result<()> {
    let same = claims.string("nonce").is_some_and(|claim| nonce.matches(claim));
    ensure(same, ErrorCode::IdTokenNonce)
}

fn check_auth_time(claims: &Object, max_age: Option<f64>, expected: &Expected<'_>) -> Result<()> {
    let auth_time = match claims.get("auth_time") {
        Some(Json::Number(auth_time)) => Some(*auth_time),
        Some(_) => return Err(ErrorCode::IdTokenAuthTime.into()),
        None => None,
    };
    let Some(max_age) = max_age else { return Ok(()) };
    let Expected { now, tolerance, .. } = *expected;
    let recent = |at: f64| at <= now + tolerance && now <= at + max_age + tolerance;
    ensure(auth_time.is_some_and(recent), ErrorCode::IdTokenAuthTime)
}

/// An essential `acr` is one of those asked for
/// ([section 5.5.1.1](https://openid.net/specs/openid-connect-core-1_0.html#acrSemantics)).
fn check_acr(claims: &Object, essential: &[String]) -> Result<()> {
    let is_one_of_them = |acr: &str| essential.iter().any(|value| value == acr);
    let holds = essential.is_empty() || claims.string("acr").is_some_and(is_one_of_them);
    ensure(holds, ErrorCode::IdTokenAcr)
}

/// What the `claims` parameter asked for and no server may leave out: an essential `acr` of certain
/// values, a certain `sub`, an essential `auth_time`
/// ([section 5.5.1](https://openid.net/specs/openid-connect-core-1_0.html#IndividualClaimsRequests)).
fn check_asked(claims: &Object, asked: &Object) -> Result<()> {
    let asked_of = |name| asked.get(name).and_then(Json::as_object);
    let essential =
        |name| asked_of(name).filter(|request: &&Object| request.bool("essential") == Some(true));
    let has_asked_value = |name, request| is_asked_for(claims.get(name), request);
    let acr = essential("acr").is_none_or(|request| has_asked_value("acr", request));
    ensure(acr, ErrorCode::IdTokenAcr)?;
    let sub = asked_of("sub").is_none_or(|request| has_asked_value("sub", request));
    ensure(sub, ErrorCode::IdTokenSub)?;
    let auth_time = essential("auth_time").is_none() || claims.get("auth_time").is_some();
    ensure(auth_time, ErrorCode::IdTokenAuthTime)
}

/// Whether a claim has the `value`, or one of the `values`, that a request for it names, if any.
fn is_asked_for(claim: Option<&Json>, request: &Object) -> bool {
    match (request.get("value"), request.get("values")) {
        (None, None) => true,
        (None, Some(Json::Array(values))) => claim.is_some_and(|claim| values.contains(claim)),
        (value, _) => value.is_some() && claim == value,
    }
}

fn check_same_session(claims: &Object, previous: &Object) -> Result<()> {
    let same = |name| claims.get(name) == previous.get(name);
    let same_if_present = |name| claims.get(name).is_none() || same(name);
    ensure(same("iss"), ErrorCode::IdTokenIss)?;
    ensure(same("sub"), ErrorCode::IdTokenSub)?;
    ensure(same_audience(claims, previous), ErrorCode::IdTokenAud)?;
    ensure(same_if_present("azp"), ErrorCode::IdTokenAzp)?;
    ensure(same_if_present("nonce"), ErrorCode::IdTokenNonce)?;
    let is_new = previous.get("auth_time").is_none();
    ensure(is_new || same_if_present("auth_time"), ErrorCode::IdTokenAuthTime)
}

/// Whether both name the same audiences: `"a"` and `["a"]` are one.
fn same_audience(claims: &Object, previous: &Object) -> bool {
    let audiences = |claims: &Object| -> Vec<String> {
        let all = claims.get("aud").and_then(Json::one_or_many).unwrap_or_default();
        all.into_iter().map(str::to_owned).collect()
    };
    let (now, before) = (audiences(claims), audiences(previous));
    now.iter().all(|audience| before.contains(audience))
        && before.iter().all(|audience| now.contains(audience))
}

fn ensure(holds: bool, code: ErrorCode) -> Result<()> {
    if holds { Ok(()) } else { Err(code.into()) }
}
